"""Run the tests against a sample of mutants: `python -m tests.mutants`, figures in build/mutants.json."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import yaml

from tests.mutants.mutations import Mutant, sample

ROOT = Path(__file__).parents[2]
REASONS = Path(__file__).parent / "survivors.yaml"
PROCESSES = 2
LIMIT_S = 42 * 60
MUTANT_LIMIT_S = 150
SHARE = 0.85
# Its test of docstrings reads the source and would judge a mutant by its text.
LAG = ["tests/leaderboard/lag", "--ignore=tests/leaderboard/lag/test_docstrings.py"]
ENGINE = [f"tests/evals/engine/test_{name}.py" for name in ("journal", "replies", "shared_limits", "guard")]
RUNS = [
    f"tests/evals/operations/runs/test_{name}.py" for name in ("execution", "failures", "budgets", "sharing")
]
GROUPS: list[tuple[int, list[str], list[str]]] = [
    (60, ["leaderboard/lag/**/*.py"], LAG),
    (20, [f"evals/engine/{name}.py" for name in ("outcomes", "limits", "journal")], ENGINE),
    (20, [f"evals/operations/runs/{name}.py" for name in ("execution", "states", "budgets")], RUNS),
]


def main() -> int:
    """Run the sample, write its figures, and print the survivors."""
    started = time.monotonic()
    jobs = [(mutant, tests) for size, globs, tests in GROUPS for mutant in sampled(size, globs)]
    with contextlib.ExitStack() as stack:
        copies: SimpleQueue[Path] = SimpleQueue()
        for _ in range(PROCESSES):
            copies.put(stack.enter_context(checkout()))
        with ThreadPoolExecutor(PROCESSES) as pool:
            for passed in pool.map(lambda group: run_in(copies, None, group[2]), GROUPS):
                if not passed:
                    sys.exit(
                        "Without a mutation the tests fail, or take over half of the time limit of a mutant."
                    )
            until = started + LIMIT_S - MUTANT_LIMIT_S
            survived = list(pool.map(lambda job: run_in(copies, *job, until=until), jobs))
    reasons = {
        (e["module"], e["function"], e["mutation"]): e["reason"] for e in yaml.safe_load(REASONS.read_text())
    }
    rows = [
        row(mutant, lives, reasons)
        for (mutant, _), lives in zip(jobs, survived, strict=True)
        if lives is not None
    ]
    path = ROOT / "build" / "mutants.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    print(report(rows, len(jobs)), f"{(time.monotonic() - started) / 60:.1f} minutes.")  # noqa: T201
    return int(bool(failures(rows, len(jobs))))


def sampled(size: int, globs: list[str]) -> list[Mutant]:
    """Sample the mutants of a group of modules."""
    paths = sorted(path for pattern in globs for path in ROOT.glob(pattern))
    return sample({str(path.relative_to(ROOT)): path.read_text() for path in paths}, size)


@contextlib.contextmanager
def checkout() -> Iterator[Path]:
    """Copy the checkout, so that a mutation never touches the source itself."""
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "var", ".*_cache", ".hypothesis")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Path(shutil.copytree(ROOT, Path(folder) / "copy", ignore=ignored))


def run_in(
    copies: SimpleQueue[Path], mutant: Mutant | None, tests: list[str], *, until: float = float("inf")
) -> bool | None:
    """Return whether the tests pass in a free copy with the mutant in place; None past the time limit."""
    if time.monotonic() > until:
        return None
    copy = copies.get()
    try:
        if mutant is None:
            return passes(copy, tests, seconds=MUTANT_LIMIT_S / 2)
        path = copy / mutant.module
        source = path.read_text()
        path.write_text(mutant.code)
        passed = passes(copy, [*mirrored(mutant.module), *tests])
        path.write_text(source)
        print("survived" if passed else "killed  ", mutant.module, mutant.mutation, flush=True)  # noqa: T201
        return passed
    finally:
        copies.put(copy)


def mirrored(module: str) -> list[str]:
    """Return the test file of a module, if it has one. It runs first, since it most likely fails."""
    path = Path("tests") / Path(module).with_name(f"test_{Path(module).name}")
    return [str(path)] if (ROOT / path).exists() else []


def passes(copy: Path, tests: list[str], seconds: float = MUTANT_LIMIT_S) -> bool:
    """Run tests until the first failure. Tests that a mutant keeps from ending fail."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:randomly", "--hypothesis-seed=0", *tests]
    # A cached module of the same size and second would hide a mutation.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=copy, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def row(mutant: Mutant, survived: bool, reasons: dict[tuple[str, str, str], str]) -> dict[str, object]:
    """Give a mutant's outcome and, if it survived, the reason on file."""
    key = (mutant.module, mutant.function, mutant.mutation)
    names = dict(zip(("module", "function", "mutation"), key, strict=True))
    return {**names, "killed": not survived, "reason": reasons.get(key) if survived else None}


def failures(rows: list[dict[str, object]], size: int) -> list[str]:
    """List the conditions that the figures break."""
    killed = sum(bool(entry["killed"]) for entry in rows)
    missing = sum(not entry["killed"] and not entry["reason"] for entry in rows)
    return [
        *([f"{size - len(rows)} mutants are left at the time limit."] if len(rows) < size else []),
        *([f"Fewer than {SHARE:.0%} are killed."] if killed < SHARE * size else []),
        *([f"{missing} survivors have no reason in {REASONS.name}."] if missing else []),
    ]


def report(rows: list[dict[str, object]], size: int) -> str:
    """Render the survivors with their reasons, the share and the failures."""
    lines = [
        f"{entry['module']} {entry['function']}\n  {entry['mutation']}\n  {entry['reason'] or 'NO REASON'}"
        for entry in rows
        if not entry["killed"]
    ]
    killed = sum(bool(entry["killed"]) for entry in rows)
    return "\n".join([*lines, *failures(rows, size), f"{killed} of {size} mutants killed."])


if __name__ == "__main__":
    sys.exit(main())
