"""Look up the TXT records of a name at DNS_RESOLVERS or the system's, by UDP and, for long answers, TCP.

Only what a check needs of RFC 1035: one question, and the texts of the answers to it.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

RESOLV_CONF = Path("/etc/resolv.conf")
TXT, IN, PORT, LONGEST_UDP = 16, 1, 53, 4096
TIMEOUT_S = 3.0
HEADER = struct.Struct("!6H")
NAME_ERROR, TRUNCATED, ANSWERS = 3, 0x0200, 0x8000


class LookupFailed(OSError):
    """No resolver answered, or none with a valid answer."""


def look_up_txt(name: str, *, servers: Sequence[tuple[str, int]] | None = None) -> list[str]:
    """Return the TXT records of a name, none if it does not exist. Raises LookupFailed."""
    for server in servers or settings.DNS_RESOLVERS or system_resolvers():
        try:
            return _ask(name, server)
        except (OSError, ValueError, struct.error, IndexError):
            continue
    raise LookupFailed(f"No resolver answered for {name}.")


def system_resolvers(path: Path = RESOLV_CONF) -> list[tuple[str, int]]:
    """Return the addresses of the system's resolvers."""
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    words = [line.split() for line in lines if line.startswith("nameserver")]
    return [(parts[1], PORT) for parts in words if len(parts) > 1] or [("127.0.0.1", PORT)]


def _ask(name: str, server: tuple[str, int]) -> list[str]:
    number = secrets.randbelow(1 << 16)
    question = encode_question(name, number)
    reply = _send_udp(question, server)
    if HEADER.unpack_from(reply)[1] & TRUNCATED:
        reply = _send_tcp(question, server)
    return decode_answer(reply, number, question)


def _send_udp(question: bytes, server: tuple[str, int]) -> bytes:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT_S)
        client.connect(server)
        client.send(question)
        return client.recv(LONGEST_UDP)


def _send_tcp(question: bytes, server: tuple[str, int]) -> bytes:
    with socket.create_connection(server, timeout=TIMEOUT_S) as client, client.makefile("rb") as stream:
        client.sendall(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", stream.read(2))
        reply = stream.read(length)
    if len(reply) != length:
        raise ValueError("The answer is cut off.")
    return reply


def encode_question(name: str, number: int) -> bytes:
    """Return the message that asks for the TXT records of a name. Raises ValueError for a bad name."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    if any(not 0 < len(label) < 64 for label in labels):
        raise ValueError(f"{name!r} is no name.")
    encoded = b"".join(bytes([len(label)]) + label for label in labels)
    return HEADER.pack(number, 0x0100, 1, 0, 0, 0) + encoded + b"\0" + struct.pack("!HH", TXT, IN)


def decode_answer(reply: bytes, number: int, question: bytes) -> list[str]:
    """Return the texts of an answer to a question. Raises ValueError for an answer to another one."""
    replied, flags, _, n_answers, _, _ = HEADER.unpack_from(reply)
    end = len(question)
    if replied != number or not flags & ANSWERS or reply[HEADER.size : end] != question[HEADER.size :]:
        raise ValueError("The answer is to another question.")
    code = flags & 0xF
    if code == NAME_ERROR:
        return []
    if code:
        raise ValueError(f"The resolver answered with error {code}.")
    texts, at = [], end
    for _ in range(n_answers):
        at = _skip_name(reply, at)
        kind, group, _, length = struct.unpack_from("!HHIH", reply, at)
        at += 10
        if at + length > len(reply):
            raise ValueError("The answer is cut off.")
        if (kind, group) == (TXT, IN):
            texts.append(_text(reply[at : at + length]))
        at += length
    return texts


def _skip_name(reply: bytes, at: int) -> int:
    for _ in range(128):
        length = reply[at]
        if length >= 0xC0:
            return at + 2
        at += 1 + length
        if not length:
            return at
    raise ValueError("A name is too long.")


def _text(content: bytes) -> str:
    parts, at = [], 0
    while at < len(content):
        length = content[at]
        parts.append(content[at + 1 : at + 1 + length])
        at += 1 + length
    return b"".join(parts).decode(errors="replace")
