"""Damage files as people and tools do: for tests that no input ends in an exception of another kind."""

from __future__ import annotations

import re

from hypothesis import strategies as st

TOKEN = re.compile(rb'-?\d+(?:\.\d+)?|"[^"\n]*"|null|true|false')
WRONG = (
    *(b"NaN", b"Infinity", b"1e999", b"-1", b"0", b"9" * 5000, b"1_0", b"1,5", b"", b"null", b"[]", b"{}"),
    *(
        b"true",
        b'""',
        b'"x"',
        b"2025-02-30",
        b'"2025-02-30"',
        b"99999999999999999999",
        b"1e300",
        b'"\\ud800"',
    ),
    *(b"%", b"71.5%", b"!!python/object:os.system", b"&a [*a]", b"*b", b"0x", b"\xff", b"[" * 2000),
)
INSERTED = (
    *(b"\x00", b'"', b"'", b"\n", b"\r", b",", b";", b":", b"{", b"]", b"\t", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"\xe9", b"\xe2\x80\xae", b"- ", b"\n\n,,,\n"),
)


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a file's content with one to three damages."""
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.sampled_from(DAMAGES))(draw, content)
    return content


def _truncated(draw: st.DrawFn, content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def _without_a_piece(draw: st.DrawFn, content: bytes) -> bytes:
    start = draw(st.integers(0, len(content)))
    return content[:start] + content[start + draw(st.integers(1, 40)) :]


def _with_swapped_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    if len(content) < 2:
        return content
    changed = bytearray(content)
    first, second = (draw(st.integers(0, len(content) - 1)) for _ in range(2))
    changed[first], changed[second] = changed[second], changed[first]
    return bytes(changed)


def _with_an_insertion(draw: st.DrawFn, content: bytes) -> bytes:
    place = draw(st.integers(0, len(content)))
    return content[:place] + draw(st.sampled_from(INSERTED)) + content[place:]


def _with_a_wrong_value(draw: st.DrawFn, content: bytes) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if not tokens:
        return content
    token = draw(st.sampled_from(tokens))
    return content[: token.start()] + draw(st.sampled_from(WRONG)) + content[token.end() :]


def _with_a_line_again(draw: st.DrawFn, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    line = draw(st.integers(0, len(lines) - 1))
    return b"".join([*lines[: line + 1], lines[line], *lines[line + 1 :]])


def _in_another_encoding(draw: st.DrawFn, content: bytes) -> bytes:
    encoding = draw(st.sampled_from(["utf-16", "utf-16-be", "utf-8-sig", "latin-1", "utf-32"]))
    return content.decode("utf-8", "replace").encode(encoding, "replace")


DAMAGES = (
    _truncated,
    _without_a_piece,
    _with_swapped_bytes,
    _with_an_insertion,
    _with_a_wrong_value,
    _with_a_wrong_value,
    _with_a_line_again,
    _in_another_encoding,
)
