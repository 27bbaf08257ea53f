"""What a page and its JSON twin both tell, worked out once: one file per subject."""
