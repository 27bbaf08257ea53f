"""The readers of results made elsewhere."""
