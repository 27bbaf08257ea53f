"""Limit linear algebra to one thread: on a busy machine a second one makes it many times slower."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Finding the libraries takes milliseconds, so it is done once, after numpy and scipy are loaded.
    return ThreadpoolController()


@contextmanager
def limit_blas_threads() -> Iterator[None]:
    """Run a block with one BLAS thread."""
    with _controller().limit(limits=1, user_api="blas"):
        yield
