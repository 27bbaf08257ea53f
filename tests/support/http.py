"""A plain HTTP client for the provider's own tests, which shows what really came over the wire."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.support.provider import SimulatedProvider

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Reply:
    """Status, headers and bytes of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    @property
    def choice(self) -> dict[str, Any]:
        """The first choice."""
        first = self.content["choices"][0]
        assert isinstance(first, dict)
        return first

    @property
    def text(self) -> Any:
        """What the first choice says."""
        return self.choice["message"]["content"] if "message" in self.choice else self.choice["text"]

    @property
    def error(self) -> dict[str, Any]:
        """OpenAI's error object."""
        error = self.content["error"]
        assert isinstance(error, dict)
        return error


def chat_payload(prompt: str = "Hello", **fields: Any) -> dict[str, Any]:
    """Build a chat payload; a field that is None is left out."""
    payload = {"model": "sim-large", "messages": [{"role": "user", "content": prompt}], **fields}
    return {name: value for name, value in payload.items() if value is not None}


def send(
    provider: SimulatedProvider,
    payload: Any,
    *,
    path: str = CHAT,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send one request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=TIMEOUT_SECONDS)
    try:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def ask(provider: SimulatedProvider, prompt: str = "Hello", **fields: Any) -> Reply:
    """Ask a chat model."""
    return send(provider, chat_payload(prompt, **fields))


def complete(provider: SimulatedProvider, prompt: str, **fields: Any) -> Reply:
    """Ask a plain model to go on."""
    return send(provider, {"model": "sim-large", "prompt": prompt, **fields}, path=COMPLETIONS)
