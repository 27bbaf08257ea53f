"""Django's app configurations of the leaderboard and of the admin."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class LeaderboardConfig(AppConfig):
    default = True
    name = "leaderboard"
    verbose_name = "Leaderboard"

    def ready(self) -> None:
        """Connect the receivers of accounts, by name: they need the models, and are of a higher layer."""
        import_module("leaderboard.accounts.receivers")


class AuditedAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "leaderboard.accounts.admin_site.AuditedAdminSite"
