"""Who acts: an account, an anonymous client, an operator's command, or the service itself."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["account", "anonymous", "command", "system"]


@dataclass(frozen=True, slots=True)
class ActorContext:
    """Who acts, with which API token and from which network; a command has the name of its OS user."""

    kind: ActorKind
    account_id: int | None = None
    token_id: int | None = None
    network: str = ""  # a keyed hash
    name: str = ""


SYSTEM = ActorContext("system")
_current: ContextVar[Callable[[], ActorContext]] = ContextVar("actor", default=lambda: SYSTEM)


def current_actor() -> ActorContext:
    """Return who acts now; outside requests and commands, the service itself."""
    return _current.get()()


@contextmanager
def acting(actor: Callable[[], ActorContext]) -> Iterator[None]:
    """Attribute what happens inside to an actor; it is called when needed, after authentication."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def command_actor() -> ActorContext:
    """Return the actor of a management command."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = f"uid {os.getuid()}"
    return ActorContext("command", name=name)
