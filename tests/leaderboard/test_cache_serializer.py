"""Redis cannot make a reader of the cache run code."""

from __future__ import annotations

import pickle

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from pytest_django.fixtures import Settings

from leaderboard.cache_serializer import JSONSerializer


def test_what_is_stored_comes_back(redis_url: str, settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {"shared": settings.CACHES["default"] | {"LOCATION": redis_url}}
    cache = caches["shared"]
    assert isinstance(cache, RedisCache)
    for value in ([1.5, 2.5], {"a": "é"}, "text", True, None, 7):
        cache.set("kept", value, 30)
        assert cache.get("kept", "missing") == value
    cache.set("count", 1, 30)
    assert cache.incr("count") == 2


def test_a_pickle_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the decoder's own
        JSONSerializer().loads(pickle.dumps({"a": 1}))
