"""Values that pages and the API both show, one module per subject."""
