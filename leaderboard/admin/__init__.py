"""Admin pages of accounts, and of published estimates."""

from leaderboard.admin import accounts, estimates

__all__ = ["accounts", "estimates"]  # importing registers them
