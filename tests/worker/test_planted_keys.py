"""Recognisable secrets go into a real service that does real work; every byte that it wrote is searched."""

from __future__ import annotations

import stat

import pytest

from tests.support.planted import Secret, files_below, found_in
from tests.worker.planted_service import (
    ACCOUNT,
    CONTACT,
    DATABASE_PASSWORD,
    KEY,
    PASSWORD,
    REDIS_PASSWORD,
    SECRET_KEY,
    SIGNING_KEY,
    USER_KEY,
    WRONG_PASSWORD,
    Served,
    Traces,
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    """Run the service on the shape of the tests, do the work, stop it, and collect what it wrote."""
    folder = tmp_path_factory.mktemp("planted")
    with Served(folder) as served:
        traces = served.work()
    traces.places |= dict(files_below(folder))
    return traces


def places_with(traces: Traces, *planted: Secret, but_in: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return where secrets were found."""
    secrets_by_name = {secret.name: secret for secret in planted}
    return {
        place: forms
        for place, content in traces.places.items()
        if not place.startswith(but_in) and (forms := found_in(content, secrets_by_name))
    }


DATABASE = ("data/lagline.sqlite3", "database")


def test_the_work_was_done(traces: Traces) -> None:
    states = {name: (row["state"], row["failure_code"]) for name, row in traces.states.items()}
    assert states == {
        "echoing": ("finished", ""),
        "refusing": ("failed", "credential_refused"),
        "redirecting": ("failed", "redirected"),
        "broken": ("failed", "internal_error"),
    }
    assert "[secret]" in traces.states["refusing"]["failure_message"]
    assert {"bad_request", "answered"} & set(traces.states["echoing"]["outcomes"])
    assert traces.places["service.log"].count(b"Traceback") >= 2, "of the worker and of a page"
    assert b"AttributeError" in traces.places[f"page of u /runs/{traces.states['broken']['id']}/"]
    assert any("site.zip/" in place for place in traces.places)


def test_the_provider_key_is_nowhere(traces: Traces) -> None:
    assert places_with(traces, KEY) == {}


def test_a_key_of_a_user_is_nowhere(traces: Traces) -> None:
    assert any(
        b"[secret]" in content
        for place, content in traces.places.items()
        if "lagline" in place or place == "database"
    )
    assert places_with(traces, USER_KEY) == {}


def test_the_private_key_of_the_workers_is_in_its_file_only(traces: Traces) -> None:
    assert len(traces.private_key.value) == 44
    assert places_with(traces, traces.private_key, but_in=("data/worker-keys/",)) == {}


def test_an_account_that_the_provider_names_is_nowhere(traces: Traces) -> None:
    assert [place for place, content in traces.places.items() if ACCOUNT.encode() in content] == []


def test_the_keys_of_the_service_are_nowhere(traces: Traces) -> None:
    assert places_with(traces, SIGNING_KEY, SECRET_KEY, DATABASE_PASSWORD, REDIS_PASSWORD) == {}


def test_passwords_and_tokens_are_nowhere(traces: Traces) -> None:
    assert places_with(traces, PASSWORD, WRONG_PASSWORD, traces.token) == {}


def test_a_session_is_in_its_table_only(traces: Traces) -> None:
    for session in traces.sessions:
        assert places_with(traces, session, but_in=DATABASE) == {}


def test_a_contact_of_a_dispute_is_in_its_table_and_for_operators_only(traces: Traces) -> None:
    assert places_with(traces, CONTACT, but_in=(*DATABASE, "page of root /admin/evals/dispute/")) == {}


def test_only_workers_have_the_secrets_of_workers(traces: Traces) -> None:
    needles = {secret.name: secret for secret in (KEY, SIGNING_KEY)}
    for command, environment in traces.environments.items():
        assert bool(found_in(environment, needles)) is ("celery" in command and " worker " in command), (
            command
        )


def test_the_memory_of_the_web_server_holds_no_provider_key(traces: Traces) -> None:
    if traces.in_memory is None:
        pytest.skip("The memory of another process cannot be read here: ptrace is not permitted.")
    assert traces.in_memory == []


def test_everything_in_the_data_directory_is_closed_to_others(traces: Traces) -> None:
    assert {place: oct(mode) for place, mode in traces.modes.items() if mode & 0o077} == {}
    assert stat.S_IMODE(traces.modes["data"]) == 0o700
    assert any("exports" in place for place in traces.modes)
