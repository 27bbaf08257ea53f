"""The REST API: the content of the pages as JSON and CSV."""
