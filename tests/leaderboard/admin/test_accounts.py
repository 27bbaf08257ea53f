"""An operator sees who has tokens, and can end one."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from leaderboard.accounts.tokens import issue_token
from leaderboard.queries import valid_token
from tests.support.accounts import staff_client
from tests.support.record import NOW, make_user


@pytest.mark.django_db
def test_a_token_is_shown_without_its_digest_and_can_be_revoked(settings: Settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    operator = staff_client()
    issued = issue_token(user=make_user(), name="laptop", now=NOW)
    address = "/admin/leaderboard/apitoken/"
    page = operator.get(f"{address}{issued.token.pk}/change/")
    assert page.status_code == 200
    assert issued.token.digest not in page.content.decode()
    form = {"action": "revoke", "_selected_action": [issued.token.pk]}
    assert operator.post(address, form).status_code == 302
    assert valid_token(issued.secret, now=NOW) is None
