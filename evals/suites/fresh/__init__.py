"""The suite lagline-fresh: its items are made anew each month, from a seed that nobody knows before its end."""
