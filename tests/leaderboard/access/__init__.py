"""Who may do what, for every address, and that what was done is recorded."""
