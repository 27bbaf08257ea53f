"""A month of lagline-fresh as files: `python -m evals.suites.fresh.edition MONTH SEED FOLDER`.

Whoever has the seed, which is published when the month has ended, makes the same files, byte for byte.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import yaml

from evals.suites.drawing import Maker
from evals.suites.fresh.recipe import CHINESE_SLOTS, GYM_SLOTS, ITEMS_PER_SLOT, SPEC, TASKS, Slot
from evals.suites.gym import draw

SLUG = "lagline-fresh"
TEMPLATES = Path(__file__).resolve().parent / "tasks"
TRIES_PER_ITEM = 50


class NotEnoughItems(ValueError):
    """A generator has no unused question left to give."""


@dataclass(frozen=True)
class FreshItem:
    """One sample; `entry` is what reasoning-gym's scorer needs beside the answer, as JSON."""

    id: str
    generator: str
    question: str
    answer: str
    entry: str

    def as_line(self) -> str:
        """Write the item as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def generator() -> str:
    """Return the generators' name and version: another version may draw otherwise."""
    return f"rg{version('reasoning-gym')}"


def suite_version(month: str) -> str:
    """Return the version of the suite in a month: that of the recipe, of the generators, and the month."""
    return f"{SPEC}-{generator()}-{month}"


def commitment(*, month: str, seed: str) -> str:
    """Return the hash that is published while the seed is secret."""
    return sha256(f"{SLUG} {suite_version(month)} {seed}".encode()).hexdigest()


def make_items(*, month: str, seed: str) -> dict[str, list[FreshItem]]:
    """Make the items of every task of a month."""
    return {task: list(_items(task, f"{month}/{seed}")) for task in TASKS}


def _items(task: str, stem: str) -> Iterator[FreshItem]:
    used: set[str] = set()
    slots: Sequence[Slot | Maker] = GYM_SLOTS.get(task, CHINESE_SLOTS)
    for place, slot in enumerate(slots):
        for number in range(ITEMS_PER_SLOT):
            item = _unused(slot, f"{task}-{place * ITEMS_PER_SLOT + number + 1:03d}", stem, used)
            used.add(item.question)
            yield item


def _unused(slot: Slot | Maker, name: str, stem: str, used: set[str]) -> FreshItem:
    """Draw until the question is new and its answer can be read; each try has a random stream of its own."""
    for attempt in range(TRIES_PER_ITEM):
        item = _draw(slot, name, Random(f"{stem}/{name}/{attempt}"))
        if item.question not in used and item.answer.strip() and "\n" not in item.answer:
            return item
    raise NotEnoughItems(f"{name}: no new question in {TRIES_PER_ITEM} tries.")


def _draw(slot: Slot | Maker, name: str, rng: Random) -> FreshItem:
    if callable(slot):
        question = slot(rng)
        return FreshItem(name, slot.__name__, question.text, question.answer, "")
    entry = draw(rng, slot[0], **slot[1])
    metadata = json.dumps(entry.metadata, sort_keys=True, default=_plain)
    return FreshItem(name, slot[0], entry.question.strip(), entry.answer, metadata)


def _plain(value: Any) -> Any:
    """Write as JSON what it has no word for."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def write_edition(folder: Path, *, month: str, seed: str) -> str:
    """Write a month's suite file and task files into a folder; return the hash of the items."""
    tasks = folder / SLUG
    shutil.copytree(TEMPLATES / SLUG, tasks, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    digest = sha256()
    for task, items in make_items(month=month, seed=seed).items():
        lines = "".join(item.as_line() for item in items).encode()
        digest.update(lines)
        (tasks / f"{task}.jsonl").write_bytes(lines)
    suite = yaml.safe_load((TEMPLATES / f"{SLUG}.yaml").read_text(encoding="utf-8"))
    suite |= {"version": suite_version(month)}
    suite["description"] += f" The seed of {month} was committed to by {commitment(month=month, seed=seed)}."
    (folder / f"{SLUG}.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True, sort_keys=False))
    return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files of a month and print what can be compared with what was published."""
    parser = argparse.ArgumentParser(prog="python -m evals.suites.fresh.edition", description=__doc__)
    parser.add_argument("month", help="such as 2026-11")
    parser.add_argument("seed", help="as it was published when the month had ended")
    parser.add_argument("folder", type=Path, help="where the files go")
    given = parser.parse_args(arguments)
    items_hash = write_edition(given.folder, month=given.month, seed=given.seed)
    commitments = {"commitment": commitment(month=given.month, seed=given.seed), "items_hash": items_hash}
    sys.stdout.write(json.dumps(commitments | {"version": suite_version(given.month)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
