"""Every page of accounts and moderators is among those that the browser looks at."""

from __future__ import annotations

import pytest
from django.urls import resolve
from django.utils import timezone

from tests.leaderboard.access.table import PRIVATE, PUBLIC
from tests.leaderboard.pages.account_pages import account_addresses, make_accounts, reader_of
from tests.leaderboard.pages.all_pages import signed_out_addresses
from tests.leaderboard.pages.builders import load_real_catalogue

OURS = ("/account/", "/moderation/", "/^account")
NO_PAGES = {
    "/account/authenticate/",  # between password and second factor: tests/browser/test_accounts.py
    "/account/events",
    "/account/password/first/",  # of an account that another provider signs in
    # What a provider leads to: tests/leaderboard/accounts/providers
    *(
        "/account/providers/<slug:name>/callback/",
        "/account/providers/confirm/",
        "/account/sign-up/provider/",
    ),
    "/account/recovery-codes/download/",
    "/account/webauthn/login/",
}
ONLY_POST = (
    *("/key/", "/delete/", "/preflight/", "/sharing/", "/answer/", "/reply/", "/invite/", "/leave/"),
    *("/rename/", "/role/", "/withdraw/", "/revoke/", "/revoke-token/", "/vouch/<slug:slug>/"),
    *("/keep/", "/providers/<slug:name>/"),
)
REMOVES_A_MEMBER = "/account/organisations/<str:handle>/remove/"


@pytest.mark.django_db
def test_every_page_of_accounts_and_moderators_is_looked_at_by_somebody_who_sees_it() -> None:
    load_real_catalogue()
    make_accounts(now=timezone.now())
    pages = account_addresses()
    wrong = [name for name, path in pages.items() if reader_of(name).get(path).status_code != 200]
    assert wrong == []
    looked = {"/" + resolve(path).route for path in (*pages.values(), *signed_out_addresses().values())}
    routes = {route for route in (*PUBLIC, *PRIVATE) if route.startswith(OURS)}
    buttons = {route for route in routes if route.endswith(ONLY_POST)}
    assert routes - looked - buttons - {REMOVES_A_MEMBER} == NO_PAGES
