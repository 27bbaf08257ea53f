"""The mail server is one URL, and a mistake in it shows no password."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from leaderboard.mail import CONSOLE, read_email_url


def test_a_server_is_read_from_its_url() -> None:
    mail = read_email_url("smtp+tls://lagline:p%40ss@mail.example:587")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert mail["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert read_email_url("consolemail://")["EMAIL_BACKEND"] == CONSOLE


@pytest.mark.parametrize(
    "url", ["smtp://user:se[cret@mail.example", "smtp://user:secret@:99999999", "smtp://"]
)
def test_a_mistake_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        read_email_url(url)
    assert "cret" not in str(refused.value)
