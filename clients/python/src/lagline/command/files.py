"""The command that downloads files: those of exports, verified by their hashes, and samples of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lagline.command.options import Json, Url, open_client
from lagline.command.output import write_json, write_line
from lagline.downloads import LATEST

app = typer.Typer(no_args_is_help=True, help="Download files of exports, or the samples of a run.")
To = Annotated[Path, typer.Option("--to", help="Folder to write to.")]


@app.command()
def export(
    names: Annotated[list[str] | None, typer.Argument(help="Files such as scores.parquet; else all.")] = None,
    folder: Annotated[str, typer.Option("--export", help="Name of the export.")] = LATEST,
    to: To = Path(),
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Download files of an export and verify each by the hash of the manifest."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with (
        open_client(url) as client,
        Progress(*columns, console=console, disable=not console.is_terminal) as bars,
    ):
        tasks = {}

        def show(name: str, received: int, size: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=size)
            bars.update(tasks[name], completed=received)

        paths = client.fetch_export(*names or (), folder=folder, to=to, progress=show)
    write_paths(paths, as_json)


@app.command()
def samples(
    run: Annotated[int, typer.Argument(help="Number of a run.")],
    to: To = Path(),
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Write the samples of a run with the raw answers, as JSON Lines."""
    with open_client(url) as client:
        path = client.fetch_samples(run, to=to)
    write_paths([path], as_json)


def write_paths(paths: list[Path], as_json: bool) -> None:
    """Write the paths of the files."""
    if as_json:
        write_json({"data": [str(path) for path in paths]})
        return
    for path in paths:
        write_line(str(path))
