"""Notices, and what is sent because of them."""
