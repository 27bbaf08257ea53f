"""A token is shown once; only its digest is kept."""

from __future__ import annotations

from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from leaderboard.accounts.tokens import issue_token
from leaderboard.models import ApiToken
from leaderboard.queries import valid_token
from tests.support.record import NOW, make_organisation, make_user

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_secret_alone_and_keeps_only_its_digest() -> None:
    secret = run("ann", "--name", "laptop", "--create-user").strip()
    assert secret.startswith("lagline_")
    assert len(secret) >= len("lagline_") + 43, "32 random bytes"
    token = ApiToken.objects.get()
    assert token.digest == sha256(secret.encode()).hexdigest()
    assert secret not in repr([vars(row) for row in ApiToken.objects.all()])
    issued = valid_token(secret, now=NOW)
    assert issued is not None
    assert issued.user.get_username() == "ann"
    assert not issued.user.has_usable_password()


def test_a_secret_does_not_show_itself_in_a_log() -> None:
    issued = issue_token(user=make_user(), name="laptop", now=NOW)
    assert issued.secret not in repr(issued)


def test_two_tokens_differ_and_each_is_revoked_alone() -> None:
    first = run("ann", "--name", "laptop", "--create-user").strip()
    second = run("ann", "--name", "server").strip()
    assert run("ann", "--name", "laptop", "--revoke") == "revoked laptop of ann\n"
    assert valid_token(first, now=NOW) is None
    assert valid_token(second, now=NOW) is not None
    assert valid_token(second + "x", now=NOW) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("bob", "--name", "laptop"), "There is no user 'bob'; --create-user makes one."),
        (("ann", "--name", "laptop"), "There is a token named 'laptop' already. Choose another name."),
        (("ann", "--name", " "), "A token's name has 1 to 80 characters"),
        (("ann", "--name", "x" * 81), "A token's name has 1 to 80 characters"),
        (("ann", "--name", "lapdog", "--revoke"), "ann has no token named 'lapdog'. On record: laptop."),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    run("ann", "--name", "laptop", "--create-user")
    with pytest.raises(CommandError) as refused:
        run(*words)
    assert sentence in str(refused.value)
    assert ApiToken.objects.count() == 1


def test_the_command_issues_a_token_with_scopes_an_end_and_an_organisation_and_lists_it() -> None:
    make_organisation(owner=make_user("ann"))
    run("ann", "--name", "ci", "--scope", "submit", "--days", "30", "--organisation", "acme")
    token = ApiToken.objects.get()
    assert (token.scopes, token.owner and token.owner.handle) == (["read", "submit"], "acme")
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == 30
    line = run("ann", "--list")
    assert line.startswith("ci: for acme; read submit; expires ")
    assert line.endswith("; not used\n")


def test_the_command_refuses_an_unknown_organisation_and_a_missing_name() -> None:
    make_user("ann")
    with pytest.raises(CommandError, match="no organisation 'acme'"):
        run("ann", "--name", "ci", "--organisation", "acme")
    with pytest.raises(CommandError, match="--name"):
        run("ann")
