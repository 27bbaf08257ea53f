"""Accounts: tokens and logins."""
