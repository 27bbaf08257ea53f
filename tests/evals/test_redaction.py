"""No text keeps a secret, in whatever form a provider, a log or an error repeats it."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.redaction import hide_in_reply, hide_secrets, redact_message

KEY = 'pk7Q"zW+4m/9Rt=Xb2&Lc8<Vd5Nf1Gh3'
LETTERS = st.characters(codec="ascii", categories=("L", "N"))
ENCODED = {
    "as it is": KEY,
    "as JSON": json.dumps(KEY)[1:-1],
    "as JSON in JSON": json.dumps(json.dumps(KEY)),
    "in a URL": quote(KEY, safe=""),
    "in HTML": html.escape(KEY),
    "in Base64": base64.b64encode(KEY.encode()).decode(),
    "as a user in Base64": base64.b64encode(f"{KEY}:".encode()).decode(),
    "as a password in Base64": base64.b64encode(f"me:{KEY}".encode()).decode(),
    "in Base64 for URLs": base64.urlsafe_b64encode(f"a{KEY}".encode()).decode(),
    "in hexadecimal": KEY.encode().hex(),
}


def longest_common_run(text: str, other: str) -> int:
    return max(
        length
        for start in range(len(other))
        for length in range(len(other) - start + 1)
        if other[start : start + length] in text
    )


@given(st.text(min_size=4, alphabet=LETTERS), st.text(), st.text())
def test_no_text_keeps_a_secret(secret: str, before: str, after: str) -> None:
    shown = redact_message(before + secret + after, secret)
    assert secret not in shown.replace("[secret]", "").replace("[e-mail]", "")


@pytest.mark.parametrize("form", ENCODED)
def test_an_encoded_secret_is_hidden_in_a_message_and_in_a_reply(form: str) -> None:
    text = f"Refused: {ENCODED[form]} is unknown."
    for shown in (hide_secrets(text, (KEY,)), hide_in_reply(text.encode(), KEY).decode()):
        assert "[secret]" in shown
        assert longest_common_run(shown, ENCODED[form]) < 10


@pytest.mark.parametrize("part", [KEY[:12], KEY[-12:], KEY[8:20]])
def test_a_fragment_of_a_secret_is_hidden(part: str) -> None:
    assert hide_secrets(f"key {part} is bad", (KEY,)) == "key [secret] is bad"


@pytest.mark.parametrize("end", [KEY[:12], KEY[-12:], json.dumps(KEY[:12])[1:-1]])
def test_the_ends_of_a_secret_are_hidden_in_a_reply(end: str) -> None:
    assert hide_in_reply(f"key {end} is bad".encode(), KEY) == b"key [secret] is bad"


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer abcdefgh12345",
        "sk-proj-abc***wxyz",
        "ghp_abcdefgh1234567890",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "abcd****wxyz",
        "org-Abc123def456",
        "0123456789abcdef0123456789abcdef.Xy9Zw8Vu7Ts6",
    ],
)
def test_what_looks_like_a_key_or_an_account_is_hidden_in_a_message(shown: str) -> None:
    assert redact_message(f"The value {shown} is not valid.") == "The value [secret] is not valid."


def test_an_address_in_a_message_is_hidden() -> None:
    assert redact_message("Contact jane.doe@corp.example for quota.") == "Contact [e-mail] for quota."
    assert redact_message("see https://me:pw12345@host/x?key=abcdef123456&page=2") == (
        "see https://[secret]@host/x?[secret]&page=2"
    )


def test_ordinary_words_of_a_provider_stay() -> None:
    message = (
        "Rate limit reached for gpt-4o-mini-2024-07-18: 30000 tokens per minute, retry in 1.5s "
        "(request req_011CSabcdef). The parameter 'max_tokens' of user_message is too large."
    )
    assert redact_message(message, KEY) == message
