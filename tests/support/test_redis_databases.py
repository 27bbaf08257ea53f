"""Each test process has a Redis database of its own."""

from tests.support.redis_databases import database_url


def test_processes_take_the_databases_from_the_one_in_the_url_on():
    assert database_url("redis://:secret@host:6379/3", 0) == "redis://:secret@host:6379/3"
    assert database_url("redis://host:6379/3", 2) == "redis://host:6379/5"
    assert database_url("redis://host:6379", 1) == "redis://host:6379/1"
    assert database_url("redis://host:6379/15", 1) == "redis://host:6379/0"
