"""Who acts: an account, an anonymous client, an operator's command, or the service itself."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ActorKind = Literal["account", "anonymous", "command", "system"]


class Scope(StrEnum):
    """What an API token may be used for; every token may read."""

    READ = "read"
    SUBMIT = "submit"
    MANAGE = "manage"


ALL_SCOPES = frozenset(Scope)


def all_scopes() -> list[str]:
    """Return every scope, which a token has unless it is issued with fewer."""
    return [scope.value for scope in Scope]


@dataclass(frozen=True, slots=True)
class ActorContext:
    """Who acts, with which API token and from which network; a command has the name of its OS user.

    A token may narrow what its account may do, to some scopes and to one owner.
    """

    kind: ActorKind
    account_id: int | None = None
    token_id: int | None = None
    network: str = ""  # a keyed hash
    name: str = ""
    scopes: frozenset[str] = ALL_SCOPES
    owner_id: int | None = None  # None: the account, and all that it may act for


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
