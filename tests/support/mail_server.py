"""A mail server on localhost that keeps every mail it is given."""

from __future__ import annotations

import email
import re
import socketserver
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Self

LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived."""

    to: tuple[str, ...]
    subject: str
    text: str

    @property
    def links(self) -> list[str]:
        """The web addresses in the text."""
        return LINK.findall(self.text)


@dataclass
class MailServer:
    """`with MailServer() as server:`; `server.url` is a value of EMAIL_URL."""

    mails: list[Mail] = field(default_factory=list)

    def __enter__(self) -> Self:
        mails = self.mails

        class Session(socketserver.StreamRequestHandler):
            """What smtplib says to a server (RFC 5321), without extensions."""

            def handle(self) -> None:
                recipients: list[str] = []
                self.reply("220 localhost")
                for line in iter(self.rfile.readline, b""):
                    command, _, rest = line.decode().strip().partition(" ")
                    if command.upper() == "RCPT":
                        recipients.append(rest.partition("<")[2].partition(">")[0])
                    if command.upper() == "DATA":
                        self.reply("354 go on")
                        mails.append(read_mail(recipients, self.read_content()))
                    if command.upper() == "QUIT":
                        self.reply("221 bye")
                        return
                    self.reply("250 ok")

            def reply(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

            def read_content(self) -> bytes:
                lines = iter(self.rfile.readline, b".\r\n")
                return b"".join(line.removeprefix(b".") for line in lines)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """The server's address."""
        return f"smtp://127.0.0.1:{self.server.server_address[1]}"

    def wait_for(self, to: str, containing: str, *, seconds: float = 180.0) -> Mail:
        """Return the first mail to an address with a text in it. Raises AssertionError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for mail in self.mails:
                if to in mail.to and containing in mail.subject + mail.text:
                    return mail
            time.sleep(0.1)
        subjects = [mail.subject for mail in self.mails if to in mail.to]
        raise AssertionError(f"no mail to {to} with {containing!r}; there are {subjects}")


def read_mail(recipients: list[str], content: bytes) -> Mail:
    """Return the mail in a message."""
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Mail(tuple(recipients), str(message["Subject"]), str(body.get_content()) if body else "")
