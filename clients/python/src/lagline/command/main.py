"""The command `lagline`: its subcommands, and errors as one sentence with an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from lagline.command import evaluations, files, login, record
from lagline.command.exit_codes import EPILOG, ERROR, INTERRUPTED, exit_code_of
from lagline.command.output import write_note
from lagline.errors import LaglineError, ServiceError

app = typer.Typer(
    name="lagline",
    help="How many months apart cohorts of AI models are, their scores, and evaluations of models.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS = (
    *(record.lag, record.scores, record.models, record.compare),
    *(evaluations.estimate, evaluations.submit, evaluations.follow, evaluations.cancel),
    *(evaluations.pause, evaluations.resume, evaluations.retry),
    *(login.login, login.logout),
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(files.app, name="fetch")


def main() -> None:
    """Run the command with the arguments of the process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    try:
        app(list(arguments), prog_name="lagline")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ERROR
    except LaglineError as error:
        write_note(f"Error: {describe(error)}")
        return exit_code_of(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes stdout at its end
        return ERROR
    except OSError as error:
        write_note(f"Error: {error.strerror or error}: {error.filename or ''}".rstrip(": "))
        return ERROR
    return 0


def describe(error: LaglineError) -> str:
    """Return an error as a sentence, with the accepted values that its message lacks."""
    text = " ".join(str(error).split())
    if isinstance(error, ServiceError):
        missing = [value for value in error.allowed if value not in text]
        if missing:
            text += f" Allowed: {', '.join(missing)}."
        if error.retry_after_s:
            text += f" Try again in {error.retry_after_s:.0f} seconds."
    return text
