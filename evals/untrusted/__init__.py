"""Untrusted input is read within limits: of size, depth and number of values, and in a child process."""
