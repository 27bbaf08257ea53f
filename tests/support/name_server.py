"""A resolver on localhost that knows TXT records."""

from __future__ import annotations

import socketserver
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

NAME_ERROR, OK = 0x8183, 0x8180
QUESTION = 12  # where it begins in a message


@dataclass
class NameServer:
    """`with NameServer() as server:`; `server.records` maps a name to its text, and may change meanwhile."""

    records: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        records = self.records

        class Question(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                question = self.rfile.read()
                text = records.get(name_in(question))
                self.wfile.write(answer(question, text))

        self.server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Question)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        """The host and port."""
        return f"127.0.0.1:{self.server.server_address[1]}"


def name_in(question: bytes) -> str:
    """Return the name that a question is about."""
    labels, at = [], QUESTION
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels)


def answer(question: bytes, text: str | None) -> bytes:
    """Return the message with a TXT record, or without one for a name that does not exist."""
    header = struct.pack(
        "!6H", *struct.unpack("!H", question[:2]), OK if text else NAME_ERROR, 1, bool(text), 0, 0
    )
    if not text:
        return header + question[QUESTION:]
    content = bytes([len(text)]) + text.encode()
    return (
        header + question[QUESTION:] + b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(content)) + content
    )
