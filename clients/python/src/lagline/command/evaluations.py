"""Commands of submissions: estimate, submit, follow, cancel, pause, resume, retry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lagline.client import Client
from lagline.command.exit_codes import ERROR, OF_STATES
from lagline.command.options import Json, Url, open_client
from lagline.command.output import printable, write_citation, write_json, write_line, write_note, write_result
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
    write_line(f"calls    {'unknown' if row['calls'] is None else row['calls']}")
    write_line(f"cost     {span(row['usd'], 'USD')}")
    write_line(f"time     {span(row['seconds'], 's')}")
    if row["unknown"]:
        write_line(f"unknown  {', '.join(row['unknown'])}")
    write_citation(row.meta)


def span(values: Mapping[str, float] | None, unit: str) -> str:
    """Return a range as text."""
    if values is None:
        return "unknown"
    return f"{values['likely']:.4g} {unit} ({values['low']:.4g} to {values['high']:.4g})"


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
    write_line(row["situation"]["sentence"])


def end_with(client: Client, public_id: str, *, as_json: bool, every_state: bool) -> None:
    """Follow a submission with a progress bar, write its last state, and exit with the code of that state."""
    last: Mapping[str, Any] = {}
    for state in show_progress(client.follow(public_id)):
        last = state
        if as_json and every_state:
            write_json(state)
    if as_json and not every_state:
        write_json({"data": last})
    elif last and not as_json:
        write_end(last)
    raise typer.Exit(OF_STATES.get(str(last.get("state")), ERROR))


def write_end(state: Mapping[str, Any]) -> None:
    """Write how a submission ended: its scores, or why it failed."""
    write_line(f"{state['id']}  {state['state']}")
    for score in state.get("scores", []):
        error = "" if score["stderr"] is None else f" ± {score['stderr']:.4g}"
        write_line(f"  {score['benchmark']}  {score['value']:.4g}{error}  n={score['n']}")
    if failure := state.get("failure"):
        write_line(f"  {failure['title']} {failure['message']} {failure['next_step']}")


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
            counted = state["progress"]
            done, total = counted["samples_done"], counted["samples_total"]
            samples = f"{done}/{total if total is not None else '?'}"
            label = f"{state['state']}: {printable(state['situation']['sentence'])}"
            progress.update(task, description=label, completed=done, total=total, samples=samples)
            yield state
