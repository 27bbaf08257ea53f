"""Readers that misbehave, for the child process."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def echo(*words: str) -> Iterator[Any]:
    yield from words


def hungry() -> Iterator[Any]:
    kept = [b"x" * 2**20 for _ in range(4096)]
    yield len(kept)


def busy() -> Iterator[Any]:
    yield "starting"
    sys.stdout.flush()
    while True:
        pass


def asleep() -> Iterator[Any]:
    yield "starting"
    sys.stdout.flush()
    time.sleep(600)


def crashing() -> Iterator[Any]:
    yield "starting"
    os.kill(os.getpid(), signal.SIGSEGV)


def raising() -> Iterator[Any]:
    yield "starting"
    raise OSError("a disk is gone")


def talkative() -> Iterator[Any]:
    yield "x" * 2**20


def endless() -> Iterator[Any]:
    while True:
        yield "x"


def writing(path: str) -> Iterator[Any]:
    with Path(path).open("wb") as file:
        file.write(b"x" * 2**20)
    yield "written"


def environment() -> Iterator[Any]:
    yield sorted(os.environ)


def modules() -> Iterator[Any]:
    yield sorted(sys.modules)


def connecting(port: str) -> Iterator[Any]:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        yield "connected"
