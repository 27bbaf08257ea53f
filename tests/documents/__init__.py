"""Checks that keep the documents and the code in step."""
