"""Readers of results made elsewhere, one file per format: a file in, an iterator of rows out; no Django."""
