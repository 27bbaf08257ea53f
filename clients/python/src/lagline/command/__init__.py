"""The command `lagline`."""
