"""Logs and Django's error reports, without secrets."""

from __future__ import annotations

import logging
import re
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from evals.redaction import hide_secrets
from leaderboard.secret_sources import secrets_read


class RedactingFormatter(logging.Formatter):
    """Hides every secret that this process has read, also in tracebacks, and what looks like a key."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return hide_secrets(super().format(record), secrets_read())


class ReportFilter(SafeExceptionReporterFilter):
    """Hides settings, headers, form fields and local variables by their names, whether DEBUG is on or off."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|CREDENTIAL|BROKER|LOCATION|DSN|CONTACT|SESSION"
        "|DATABASE_URL|REDIS_URL",
        re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        """Honour `sensitive_variables` and `sensitive_post_parameters` with DEBUG too."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return the fields of a form, the sensitive ones hidden."""
        fields = super().get_post_parameters(request)
        return {name: self.cleanse_setting(name, value) for name, value in fields.items()}

    def get_traceback_frame_variables(self, request: Any, tb_frame: FrameType) -> Any:
        """Return the local variables of a frame, those with sensitive names hidden."""
        variables = dict(super().get_traceback_frame_variables(request, tb_frame))
        return {name: self.cleanse_setting(name, value) for name, value in variables.items()}.items()


class RedactingReporter(ExceptionReporter):
    """Hides secrets in the whole report, wherever they occur: in objects, messages, query strings."""

    def get_traceback_html(self) -> SafeString:
        """Return the page that DEBUG shows."""
        return _hide(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        """Return the report as text, for clients that do not accept HTML."""
        return _hide(super().get_traceback_text())


def _hide(report: SafeString) -> SafeString:
    return mark_safe(hide_secrets(report, secrets_read()))  # noqa: S308  escaped before
