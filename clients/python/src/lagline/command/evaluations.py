"""Commands of submissions: estimate, submit, follow, cancel, pause, resume, retry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lagline.client import Client
from lagline.command.exit_codes import ERROR, OF_STATES
from lagline.command.options import Json, Url, open_client
from lagline.command.output import (
    cell,
    elements,
    member,
    write_citation,
    write_json,
    write_line,
    write_note,
    write_result,
)
from lagline.rows import Row

Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a submission.")]
Suite = Annotated[str, typer.Option("--suite", help="Slug of a suite, or slug@version.")]
Model = Annotated[str | None, typer.Option("--model", help="Slug of a model with one endpoint.")]
Endpoint = Annotated[str | None, typer.Option("--endpoint", help="Slug of an endpoint.")]


def estimate(
    suite: Suite, model: Model = None, endpoint: Endpoint = None, url: Url = None, as_json: Json = False
) -> None:
    """Estimate what a submission would cost; nothing is submitted."""
    with open_client(url) as client:
        row = client.estimate(suite=suite, model=model, endpoint=endpoint)
    if as_json:
        write_result(row, row.meta)
        return
    write_line(f"calls    {cell(row['calls']) or 'unknown'}")
    write_line(f"cost     {span(row['usd'], 'USD')}")
    write_line(f"time     {span(row['seconds'], 's')}")
    if row["unknown"]:
        write_line(f"unknown  {', '.join(map(cell, elements(row['unknown'])))}")
    write_citation(row.meta)


def span(values: object, unit: str) -> str:
    """Return a range as text."""
    if values is None:
        return "unknown"
    likely, low, high = (cell(member(values, name)) for name in ("likely", "low", "high"))
    return f"{likely} {unit} ({low} to {high})"


def submit(
    suite: Suite,
    model: Model = None,
    endpoint: Endpoint = None,
    owner: Annotated[str | None, typer.Option(help="An organisation that you submit for.")] = None,
    budget_usd: Annotated[str | None, typer.Option(help="Stop before more is spent.")] = None,
    budget_calls: Annotated[int | None, typer.Option(help="Stop before more calls are sent.")] = None,
    embargo_until: Annotated[str | None, typer.Option(help="Publish scores at that time.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Idempotency key; by default a new one.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it until it has ended.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Have a model evaluated on a suite."""
    with open_client(url) as client:
        row = client.submit(
            suite=suite,
            model=model,
            endpoint=endpoint,
            owner=owner,
            budget_usd=budget_usd,
            budget_calls=budget_calls,
            embargo_until=embargo_until,
            idempotency_key=key,
        )
        if wait:
            write_note(f"Submission {row['id']}")
            end_with(client, row["id"], as_json=as_json, every_state=False)
    write_submission(row, as_json)


def follow(public_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Follow a submission until it has ended. With --json, each state is a line."""
    with open_client(url) as client:
        end_with(client, public_id, as_json=as_json, every_state=True)


def cancel(public_id: Id, url: Url = None, as_json: Json = False) -> None:
    """End a submission at once; answers that were paid for are kept."""
    with open_client(url) as client:
        write_submission(client.cancel(public_id), as_json)


def pause(public_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Send no further request of a submission until it is resumed."""
    with open_client(url) as client:
        write_submission(client.pause(public_id), as_json)


def resume(public_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Go on with a submission that is paused or held."""
    with open_client(url) as client:
        write_submission(client.resume(public_id), as_json)


def retry(public_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Go on with a submission that failed or was cancelled: only missing answers are requested."""
    with open_client(url) as client:
        write_submission(client.retry(public_id), as_json)


def write_submission(row: Row, as_json: bool) -> None:
    """Write a submission, as a few lines or as JSON."""
    if as_json:
        write_result(row, row.meta)
        return
    write_line(f"{row['id']}  {row['state']}  {row['model']} on {row['suite']}@{row['suite_version']}")
    write_line(cell(member(row, "situation", "sentence")))


def end_with(client: Client, public_id: str, *, as_json: bool, every_state: bool) -> None:
    """Follow a submission with a progress bar, write how it ended, and exit with the code of its state."""
    for state in show_progress(client.follow(public_id)):
        if as_json and every_state:
            write_json(state)
    last = client.submission(public_id)
    if not as_json:
        write_end(last)
    elif not every_state:
        write_result(last, last.meta)
    raise typer.Exit(OF_STATES.get(cell(last["state"]), ERROR))


def write_end(row: Row) -> None:
    """Write how a submission ended: its scores, or why it failed."""
    write_line(f"{cell(row['id'])}  {cell(row['state'])}")
    for score in elements(row["scores"]):
        benchmark, value, stderr, n = (
            cell(member(score, name)) for name in ("benchmark", "value", "stderr", "n")
        )
        write_line(f"  {benchmark}  {value}{f' ± {stderr}' if stderr else ''}  n={n}")
    if failure := row["failure"]:
        parts = [cell(member(failure, name)) for name in ("title", "message", "next_step")]
        write_line("  " + " ".join(filter(None, parts)))


def show_progress(states: Iterable[Row]) -> Iterable[Row]:
    """Yield the states, with a progress bar on stderr if that is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[samples]}"),
    )
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", samples="", total=None)
        for state in states:
            done, total = (member(state, "progress", name) for name in ("samples_done", "samples_total"))
            label = f"{cell(state['state'])}: {cell(member(state, 'situation', 'sentence'))}"
            samples = f"{cell(done)}/{cell(total) or '?'}"
            progress.update(
                task, description=label, completed=number(done) or 0, total=number(total), samples=samples
            )
            yield state


def number(value: object) -> int | None:
    """Return a count of a response; None if it is none."""
    return value if isinstance(value, int) else None
