"""What all tests share: a database in a file, because workers write to it from threads of their own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.core.management import call_command
from django.utils.translation import deactivate
from hypothesis import settings as hypothesis_settings
from kombu import pools
from pytest_django.fixtures import Settings

from leaderboard.read_limits import limiter
from tests.support.audit_log import flush_without_triggers
from tests.support.fixtures import provider, start_provider
from tests.support.migrated import migrated_database
from tests.support.web_server import start_web_server
from worker.broker import answers, valkey_command
from worker.celery import app

__all__ = ["provider", "start_provider", "start_web_server"]

hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

ON_SQLITE: bool = django_settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
SHAPED_FIXTURES = {"db", "transactional_db", "live_server", "redis_url", "start_web_server"}
SHAPED_FOLDERS = ("tests/attacks/", "tests/bench/", "tests/faults/", "tests/support/", "tests/worker/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with tests of several minutes, so that no process ends with one while the others are idle.

    With a DATABASE_URL, leave out what depends on neither database nor Redis: it runs without one.
    """
    items.sort(key=takes_minutes, reverse=True)
    if "DATABASE_URL" not in os.environ:
        return
    config.hook.pytest_deselected(items=[item for item in items if not depends_on_shape(item)])
    items[:] = filter(depends_on_shape, items)


def takes_minutes(item: pytest.Item) -> bool:
    """Whether a test may take longer than the usual limit of time."""
    limit = item.get_closest_marker("timeout")
    return limit is not None and limit.args[0] > float(item.config.getini("timeout"))


def depends_on_shape(item: pytest.Item) -> bool:
    """Whether a test uses the database or Redis, or starts processes that do."""
    if item.nodeid.startswith(SHAPED_FOLDERS) or item.get_closest_marker("django_db"):
        return True
    return not SHAPED_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Valkey for the tests, or take the Redis that the environment names."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    folder = tmp_path_factory.mktemp("valkey")
    url = f"unix://{folder / 's'}"
    process = subprocess.Popen(valkey_command(socket=folder / "s", folder=folder))
    until = time.monotonic() + 20
    while not answers(url) and time.monotonic() < until:
        time.sleep(0.02)
    yield url
    process.kill()
    process.wait()


@pytest.fixture
def shared_limits(redis_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Share limits through the tests' own Redis, where nobody holds anything yet, though it is young."""
    monkeypatch.setattr("evals.engine.shared_limits.GRACE_S", 0.0)
    settings.REDIS_URL = redis_url
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter("lagline:limits:*"):
            client.delete(key)
    return redis_url


@pytest.fixture(scope="session", autouse=True)
def _the_audit_log_can_be_emptied() -> Iterator[None]:
    """Empty the append-only audit log with the other tables after a transactional test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        flush_without_triggers(monkeypatch)
        yield


@pytest.fixture(autouse=True)
def _journals_of_the_test(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the journals of a test apart from those of a service that runs here."""
    settings.JOURNAL_DIR = tmp_path_factory.getbasetemp() / "journals"


@pytest.fixture(scope="session", autouse=True)
def _translations_are_compiled() -> None:
    """Compile the catalogues, which a build does, before the first page is read in another language."""
    call_command("translations", "--compile")


@pytest.fixture(autouse=True)
def wake_ups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each wake-up of the worker by the name of its job instead of sending it."""
    jobs: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda job, *_, **__: jobs.append(job))
    return jobs


@pytest.fixture(autouse=True)
def _files_of_the_usual_mode() -> Iterator[None]:
    """Begin with the usual umask, and restore that of who runs the tests: the service sets its own."""
    former = os.umask(0o022)
    yield
    os.umask(former)


@pytest.fixture(autouse=True)
def _passwords_are_hashed_quickly(settings: Settings) -> None:
    """Hash new passwords by MD5, as Django advises for tests; the hashes of the service still work."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def _no_language_is_left_over() -> None:
    """Begin in the usual language: the test client leaves that of the last page in use."""
    deactivate()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's test database in a file, since in memory threads would lock one another out."""
    if ON_SQLITE:
        path = shutil.copy(migrated_database(), tmp_path_factory.mktemp("database") / "test.sqlite3")
        django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(path)
    else:  # no test ends the server: it need not wait for its disk
        django_settings.DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Apply no migration to a copy of a migrated database."""
    return ON_SQLITE


@pytest.fixture(autouse=True)
def _static_files_as_they_lie(settings: Settings) -> None:
    """Take static files without the manifest that `collectstatic` writes."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def _pages_made_anew(settings: Settings) -> None:
    """Make every page when it is asked for: a test changes the record between two looks."""
    dummy = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = settings.CACHES | dict.fromkeys(settings.PAGE_CACHES, dummy)


@pytest.fixture(autouse=True)
def _no_spending_caps_or_quotas(settings: Settings) -> None:
    """Let every account submit as much as it likes; tests of caps and quotas set their own."""
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS)
    settings.OPEN_SUBMISSIONS = settings.SUBMISSIONS_PER_DAY = 1000


@pytest.fixture(autouse=True)
def _no_reads_yet() -> None:
    """Forget the reads of earlier tests, which all came from one address."""
    limiter.clear()


@pytest.fixture(autouse=True)
def _broker_connections_end_with_the_test() -> Iterator[None]:
    """Forget the connections to the broker: the next test may name another one."""
    yield
    pools.reset()
    vars(app).update(_pool=None)
    vars(app.amqp).update(_producer_pool=None)
    vars(app).pop("control", None)  # its mailbox keeps the pool that it first had
