"""Send one signed request to a webhook's address, and report how it ended."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from evals.engine.guard import AddressRefused, guarded_session
from evals.models import DeliveryError, Notice
from evals.models.webhooks import LONGEST_REPLY
from evals.operations.webhooks.addresses import check_address, is_allowed_by_operator
from evals.operations.webhooks.signatures import sign
from evals.redaction import redact_message

log = logging.getLogger(__name__)

TOTAL_S = 15.0
CONNECT_S = 5.0
MOST_READ = 2_048
LONGEST_RETRY_AFTER_S = 86_400
USER_AGENT = "lagline (webhooks)"


@dataclass(frozen=True, slots=True)
class Message:
    """A notice to send: the same id and body at every attempt; the signatures carry its time."""

    id: str
    url: str
    body: bytes
    secrets: tuple[str, ...]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """How an attempt ended: the status of a response, else the error."""

    duration_ms: int
    status: int | None = None
    error: DeliveryError | None = None
    text: str = ""
    retry_after_s: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the receiver has accepted the message."""
        return self.error is None


def message_id(notice: Notice) -> str:
    """Return the webhook-id of a notice: the same at every attempt and replay."""
    return f"msg_{notice.public_id.hex}"


def notice_body(notice: Notice) -> bytes:
    """Return the body of a notice; it depends on the notice only."""
    facts = {"subject": notice.subject, **notice.data}
    content = {"type": notice.type, "timestamp": _iso(notice.created_at), "data": facts}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def send_all(messages: Sequence[Message]) -> list[Reply]:
    """Send messages at once, each within TOTAL_S, and return how each ended."""

    async def send_each() -> list[Reply]:
        return await asyncio.gather(*(_send(message) for message in messages))

    return asyncio.run(send_each())


async def _send(message: Message) -> Reply:
    began = time.monotonic()
    try:
        reply = await _post(message)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        reply = {"error": _error_of(error)}
    except Exception as error:  # the messages that are sent with this one go on
        log.error("A webhook ended in an error that nobody foresaw: %s.", type(error).__name__)
        reply = {"error": _error_of(error)}
    return Reply(duration_ms=round((time.monotonic() - began) * 1000), **reply)


async def _post(message: Message) -> dict[str, Any]:
    address = check_address(message.url)
    timestamp = int(message.sent_at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            message.secrets, message_id=message.id, timestamp=timestamp, body=message.body
        ),
    }
    timeout = aiohttp.ClientTimeout(total=TOTAL_S, sock_connect=CONNECT_S)
    vouched_for = is_allowed_by_operator(message.url)
    async with (
        guarded_session(internal_allowed=vouched_for, timeout=timeout) as session,
        session.post(
            address, data=message.body, headers=headers, allow_redirects=False, auto_decompress=False
        ) as answer,
    ):
        raw = await answer.content.read(MOST_READ)
        return {
            "status": answer.status,
            "error": _judge(answer.status),
            "text": _shown(raw, message.secrets),
            "retry_after_s": _retry_after_s(answer.headers.get("Retry-After", ""), message.sent_at),
        }


def _judge(status: int) -> DeliveryError | None:
    if 200 <= status < 300:
        return None
    return DeliveryError.REDIRECT if 300 <= status < 400 else DeliveryError.STATUS


def _error_of(error: Exception) -> DeliveryError:
    if isinstance(error, AddressRefused) or isinstance(error.__cause__, AddressRefused):
        return DeliveryError.REFUSED
    return DeliveryError.TIMEOUT if isinstance(error, TimeoutError) else DeliveryError.CONNECTION


def _shown(raw: bytes, secrets: Sequence[str]) -> str:
    """Return the start of a reply as text, without secrets and control characters."""
    text = raw.decode(errors="replace")
    for secret in secrets:
        text = redact_message(text, secret)
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST_REPLY].strip()


def _retry_after_s(header: str, now: datetime) -> int:
    """Return the seconds that a receiver asks to wait, at most a day."""
    try:
        seconds = int(header) if header.isdigit() else (parsedate_to_datetime(header) - now).total_seconds()
    except (TypeError, ValueError):
        return 0
    return int(min(max(seconds, 0), LONGEST_RETRY_AFTER_S))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
