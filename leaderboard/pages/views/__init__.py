"""The views, one file per subject: each parses, reads, renders."""
