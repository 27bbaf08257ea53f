"""The command: results on stdout, messages on stderr, an exit code for each end, and no traceback."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from lagline import Client, RetryPolicy
from lagline.command import evaluations, files, options, record
from lagline.command import login as login_command
from lagline.command.main import run
from lagline.command.output import cell, printable, sparkline

from tests.support import META, TOKEN, URL, MemoryKeyring, Script, page, refusal, row, state_event, stream

Answers = Callable[..., Script]
INTERVAL = {"status": "ok", "median": 7.41, "lo": 5.0, "hi": None}
STALE = {"status": "stale", "median": None, "lo": None, "hi": None}
LAG = {
    "id": 2,
    "follower": "CN",
    "leader": "US",
    "as_of": "2026-08-11",
    "method_version": "3",
    "values": {
        "composite": {"catchup": INTERVAL, "standing": INTERVAL | STALE},
        "path": [{"date": f"2026-0{month}-01", "median": month} for month in range(1, 9)],
    },
}
SUBMISSION: dict[str, Any] = {
    "id": "1",
    "state": "PENDING",
    "model": "m",
    "suite": "mini",
    "suite_version": "1.0",
    "situation": {"sentence": "Waits."},
    "progress": {"samples_done": 0, "samples_total": None},
    "scores": [],
    "failure": None,
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Return a function that sets the responses of the service."""

    def prepare(*replies: httpx.Response | Exception) -> Script:
        script = Script(list(replies))

        def open_client(url: str | None) -> Client:
            transport, retries = httpx.MockTransport(script), RetryPolicy(attempts=1)
            return Client(url or URL, TOKEN, cache=None, transport=transport, retries=retries)

        for module in (record, evaluations, files):
            monkeypatch.setattr(module, "open_client", open_client)
        return script

    return prepare


def test_the_lag_is_a_headline_with_its_history(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    answers(page([{"id": 2, "benchmark": None}]), row(LAG))
    assert run(["lag"]) == 0
    out, err = capsys.readouterr()
    assert "CN behind US, as of 2026-08-11, method 3:" in out
    assert "catch-up lag  7.4 months (95% interval 5.0 to open)" in out
    assert "standing lag  not defined (stale)" in out
    assert "2026-01 to 2026-08:  ▁▂▃▄▅▆▇█" in out
    assert err == "Lagline, data d1.\n"


@pytest.mark.parametrize(
    ("arguments", "reply"),
    [
        (["scores", "--benchmark", "gpqa"], page([{"id": 1}])),
        (["models", "deep"], page([{"slug": "m"}])),
        (["compare", "a", "b"], page([{"difference": {"value": 1}}])),
        (["estimate", "--suite", "mini", "--model", "m"], row({"calls": 1})),
        (["submit", "--suite", "mini", "--model", "m"], row(SUBMISSION, 201)),
        (["cancel", "1"], row(SUBMISSION)),
        (["pause", "1"], row(SUBMISSION)),
        (["resume", "1"], row(SUBMISSION)),
        (["retry", "1"], row(SUBMISSION)),
    ],
)
def test_json_is_one_line_of_stdout_with_the_version(
    answers: Answers, capsys: pytest.CaptureFixture[str], arguments: list[str], reply: httpx.Response
) -> None:
    answers(reply)
    assert run([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"meta": META, "data": json.loads(reply.content)["data"]}
    assert (out.count("\n"), err) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "reply", "text"),
    [
        (["scores"], page([{"model": "m", "value": 0.123456, "n": 400}]), "0.1235"),
        (["models"], page([{"slug": "m", "name": "模型"}]), "模型"),
        (["compare", "a", "b"], page([{"model": "b", "difference": {"value": 0.25}}]), "0.25"),
        (["cancel", "1"], row(SUBMISSION), "1  PENDING  m on mini@1.0\nWaits."),
        (
            ["estimate", "--suite", "mini"],
            row({"calls": 3, "usd": None, "seconds": None, "unknown": ["price"]}),
            "cost     unknown",
        ),
    ],
)
def test_people_read_a_table_or_lines(
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    reply: httpx.Response,
    text: str,
) -> None:
    answers(reply)
    assert run(arguments) == 0
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (refusal(400, "invalid"), 1),
        (refusal(401, "not_authenticated"), 3),
        (refusal(403, "missing_scope"), 3),
        (refusal(404, "not_found"), 4),
        (refusal(429, "throttled", retry_after="9"), 5),
        (refusal(503, "unavailable"), 5),
        (httpx.ConnectError("down"), 5),
        (httpx.Response(200, html="<p>"), 1),
        (httpx.Response(200, json={"meta": {}, "data": {}}), 1),
    ],
)
def test_an_error_is_a_sentence_on_stderr_with_its_exit_code(
    answers: Answers, capsys: pytest.CaptureFixture[str], reply: httpx.Response | Exception, code: int
) -> None:
    answers(reply)
    assert run(["cancel", "1"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert TOKEN not in err


def test_accepted_values_and_the_wait_are_part_of_the_sentence(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {"error": {"code": "invalid", "message": "Not\nknown.", "allowed": ["open", "closed"]}}
    answers(httpx.Response(400, json=error), refusal(429, "throttled", retry_after="9"))
    run(["models"])
    run(["models"])
    assert capsys.readouterr().err == (
        "Error: Not known. Allowed: open, closed.\nError: throttled. Try again in 9 seconds.\n"
    )


@pytest.mark.parametrize(
    ("state", "code"), [("FINISHED", 0), ("FAILED", 10), ("CANCELLED", 11), ("REJECTED", 12)]
)
def test_waiting_ends_with_the_code_of_the_last_state(
    answers: Answers, capsys: pytest.CaptureFixture[str], state: str, code: int
) -> None:
    score = {"benchmark": "gpqa", "value": 0.5, "stderr": 0.06, "n": 8}
    last = SUBMISSION | {"state": state, "scores": [score]}
    events = [state_event(SUBMISSION), state_event(last)]
    answers(row(SUBMISSION, 201), stream(*events), row(last), stream(*events), row(last))
    assert run(["submit", "--suite", "mini", "--model", "m", "--wait"]) == code
    assert capsys.readouterr().out == f"1  {state}\n  gpqa  0.5 ± 0.06  n=8\n"
    assert run(["follow", "1", "--json"]) == code
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [SUBMISSION, last]


def test_waiting_with_json_writes_the_last_state_alone(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    last = SUBMISSION | {"state": "FINISHED"}
    answers(row(SUBMISSION, 201), stream(state_event(SUBMISSION), state_event(last)), row(last))
    assert run(["submit", "--suite", "mini", "--model", "m", "--wait", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"meta": META, "data": last}


def test_why_a_submission_failed_is_written(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    failure = {"title": "Timed out.", "message": "slow", "next_step": "Retry it."}
    last = SUBMISSION | {"state": "FAILED", "failure": failure}
    answers(stream(state_event(last)), row(last))
    assert run(["follow", "1"]) == 10
    assert "Timed out. slow Retry it." in capsys.readouterr().out


def test_wrong_usage_is_2_and_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scores", "--nonsense"]) == 2
    assert run(["lag"]) == 2, "no service is set"
    assert "LAGLINE_URL" in capsys.readouterr().err
    assert run(["--help"]) == 0
    assert "Exit codes:" in capsys.readouterr().out


def test_text_of_others_runs_nothing_in_a_terminal(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;owned\x07[bold]\u202e\x9b31m"
    answers(page([{"slug": evil}]), page([{"slug": evil}]), refusal(404, evil))
    run(["models"])
    run(["models", "--json"])
    run(["models"])
    out, err = capsys.readouterr()
    for character in "\x1b\x07\u202e\x9b":
        assert character not in out + err
    assert "[bold]" in out, "and it is no markup"


ODD: list[object] = [None, {}, [], "x", 3, {"x": 1}, [None], [{}]]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (["lag"], LAG),
        (["lag"], LAG["values"]),
        (["estimate", "--suite", "mini"], {"calls": 1, "usd": None, "seconds": None, "unknown": []}),
        (["cancel", "1"], SUBMISSION),
        (["follow", "1"], SUBMISSION | {"state": "FINISHED"}),
    ],
)
def test_no_response_of_another_form_ends_in_a_traceback(
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    data: dict[str, Any],
    odd: object,
) -> None:
    for name in data:
        changed = data | {name: odd}
        reply = row(LAG | {"values": changed} if "composite" in data else changed)
        first = {"lag": [page([{"id": 2}])], "follow": [stream(state_event(changed))]}.get(arguments[0], [])
        answers(*first, reply, reply)
        assert run(arguments) in (0, 1, 5)
    assert "Traceback" not in capsys.readouterr().err


def test_values_for_people() -> None:
    assert [cell(value) for value in (None, 0.123456, 3, True, ["a"], "x\n")] == [
        *("", "0.1235", "3", "true", '["a"]', "x\N{REPLACEMENT CHARACTER}")
    ]
    assert printable("模型 é") == "模型 é"
    assert sparkline([1.0, None, 3.0, 2.0]) == "▁ █▅"
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert sparkline([None]) == ""


def test_downloads_write_paths(answers: Answers, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    manifest = {"bytes": {"a.csv": 1}, "sha256": {"a.csv": "0" * 64}}
    content = {"meta": META, "count": 1, "next": None, "data": [{"id": 1}]}
    answers(
        httpx.Response(200, json=content),
        page([{"folder": "f", "manifest": manifest}]),
        httpx.Response(200, content=b"x"),
    )
    assert run(["fetch", "samples", "7", "--to", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"data": [str(tmp_path / "samples-7.jsonl")]}
    assert run(["fetch", "export", "a.csv", "--to", str(tmp_path)]) == 1
    assert "not what its manifest states" in capsys.readouterr().err
    assert run(["fetch", "samples", "7", "--to", "/dev/null/x"]) == 1
    assert "Not a directory" in capsys.readouterr().err


class Piped(io.StringIO):
    """Stdin that is no terminal."""

    def isatty(self) -> bool:
        return False


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.Response], int]:
    """Return a function that logs in with a token on stdin, at a service that answers so."""

    def log_in(reply: httpx.Response) -> int:
        transport = httpx.MockTransport(Script([reply]))
        monkeypatch.setattr(
            login_command, "Client", lambda *given, **named: Client(*given, transport=transport, **named)
        )
        monkeypatch.setattr("sys.stdin", Piped(f"{TOKEN}\n"))
        return run(["login", "--url", URL])

    return log_in


def test_a_login_stores_an_accepted_token_and_a_logout_deletes_it(
    login: Callable[[httpx.Response], int], memory_keyring: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    assert login(page([])) == 0
    assert memory_keyring.get_password("lagline", URL) == TOKEN
    assert repr(options.open_client(None)) == f"Client('{URL}')"
    assert run(["logout", "--json"]) == 0
    assert memory_keyring.get_password("lagline", URL) is None
    out, err = capsys.readouterr()
    assert json.loads(out) == {"data": {"url": URL, "deleted": True}}
    assert TOKEN not in out + err


def test_a_refused_token_is_not_stored(
    login: Callable[[httpx.Response], int], memory_keyring: MemoryKeyring
) -> None:
    assert login(refusal(401, "authentication_failed")) == 3
    assert memory_keyring.passwords == {}


def test_an_empty_token_is_no_login(
    monkeypatch: pytest.MonkeyPatch, memory_keyring: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Piped(""))
    assert run(["login", "--url", URL]) == 1
    assert capsys.readouterr().err == "Error: No token was given.\n"
    assert memory_keyring.passwords == {}


def test_without_a_keyring_a_login_names_the_variable(
    login: Callable[[httpx.Response], int], capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert login(page([])) == 1
    assert "LAGLINE_TOKEN" in capsys.readouterr().err
