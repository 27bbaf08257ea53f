"""Hide secrets in texts: known ones in every usual encoding, their fragments, and what looks like a key."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN, HIDDEN_EMAIL = "[secret]", "[e-mail]"
SHORTEST = 4
FRAGMENT = 10  # so many characters in a row give a secret away
SHORTEST_WITH_FRAGMENTS = 16
ENDS, SHORTEST_WITH_ENDS = 12, 24
KEY_LIKE = re.compile(
    r"""(?ix)
    \b(?:bearer|basic)\s+[\w.~+/=-]{6,}
    | \b(?:sk|pk|rk|xai|gsk|hf|r8|github_pat|gh[opsu])[-_][\w*.-]{6,}
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b
    | \bAIza[\w-]{30,}
    | \beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?
    | (?<=://)[^\s/@:]+:[^\s/@]+(?=@)
    | (?<=[?&])(?:key|sig|token|api[-_]?key|access_token)=[^\s&"']{6,}
    """
)
# Of a provider's message also: masked keys, long random identifiers, accounts.
IDENTIFIER = re.compile(
    r"""(?ix)
    \b[\w-]*\*{3,}[\w-]*
    | \b(?:org|proj|acct|account|user|team)[-_](?=[a-z_-]*\d)[\w-]{6,}
    | \b[0-9a-f]{32,}(?:\.\w{8,})?\b
    | \b(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{40,}
    """
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def redact_message(text: str, secret: str = "") -> str:
    """Return a provider's message without the secret, keys, accounts and e-mail addresses."""
    hidden = hide_secrets(text, (secret,))
    return EMAIL.sub(HIDDEN_EMAIL, IDENTIFIER.sub(HIDDEN, hidden))


def hide_secrets(text: str, secrets: Collection[str]) -> str:
    """Return a text without the secrets, in any encoding, their fragments, and what looks like a key."""
    return KEY_LIKE.sub(HIDDEN, _without_known(text, frozenset(secrets)))


def hide_in_reply(raw: bytes, secret: str) -> bytes:
    """Return a reply, which may be large, without a secret, its encodings and its two ends."""
    for needle in _needles_of_reply(secret):
        raw = raw.replace(needle, HIDDEN.encode())
    return raw


def _without_known(text: str, secrets: frozenset[str]) -> str:
    wholes, fragments = _needles(secrets)
    if wholes:
        text = re.sub("|".join(map(re.escape, wholes)), HIDDEN, text)
    if not fragments:
        return text
    parts: list[str] = []
    kept_from, place = 0, 0
    while place <= len(text) - FRAGMENT:
        if text[place : place + FRAGMENT] not in fragments:
            place += 1
            continue
        parts += [text[kept_from:place], HIDDEN]
        while text[place : place + FRAGMENT] in fragments:
            place += 1
        place = kept_from = place + FRAGMENT - 1
    return "".join([*parts, text[kept_from:]])


@lru_cache(maxsize=32)
def _needles(secrets: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the texts to replace, the longest first, and the fragments that give a secret away."""
    wholes = {form for secret in secrets if len(secret) >= SHORTEST for form in _encodings(secret)}
    fragments = {
        form[start : start + FRAGMENT]
        for secret in secrets
        if len(secret) >= SHORTEST_WITH_FRAGMENTS
        for form in _encodings(secret)
        for start in range(len(form) - FRAGMENT + 1)
    }
    return tuple(sorted(wholes, key=len, reverse=True)), frozenset(fragments)


@lru_cache(maxsize=32)
def _needles_of_reply(secret: str) -> tuple[bytes, ...]:
    ends = (secret[:ENDS], secret[-ENDS:]) if len(secret) >= SHORTEST_WITH_ENDS else ()
    ends_in_json = (form for end in ends for form in _json_forms(end))
    return tuple(form.encode() for form in (*_needles(frozenset({secret}))[0], *ends_in_json, *ends))


def _encodings(secret: str) -> Iterator[str]:
    """Yield a secret as it may occur in a text: as it is, escaped, percent-encoded, in Base64."""
    yield from {secret, html.escape(secret), quote(secret, safe=""), quote_plus(secret)}
    yield from (*_json_forms(secret), secret.encode().hex())
    if len(secret) >= SHORTEST_WITH_FRAGMENTS:
        yield from _base64_cores(secret.encode())


def _json_forms(text: str) -> tuple[str, str]:
    """Return a text as it is in a JSON string, and in one that is in another."""
    return json.dumps(json.dumps(text))[3:-3], json.dumps(text)[1:-1]


def _base64_cores(secret: bytes) -> Iterator[str]:
    """Yield the characters that depend on the secret alone, wherever it begins in what is encoded."""
    for offset in range(3):
        start, bits = -(-offset * 8 // 6), (offset + len(secret)) * 8
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(offset) + secret).decode()[start : bits // 6]
