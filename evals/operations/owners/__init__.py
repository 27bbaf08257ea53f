"""Owners: who acts for a person or an organisation."""
