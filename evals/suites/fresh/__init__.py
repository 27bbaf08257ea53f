"""The suite lagline-fresh: items made anew each month, from a seed that is secret until it has ended."""
