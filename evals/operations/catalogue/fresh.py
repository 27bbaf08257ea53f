"""Every write of lagline-fresh: a month's seed is drawn in secret, committed to, published at its end."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from evals.models import FreshEdition
from evals.models.fresh import FRESH
from evals.operations.catalogue.suites import sync_suites
from evals.operations.refusals import Refused
from evals.suites.fresh import edition as files
from evals.suites.fresh.recipe import SPEC

SEED_BYTES = 16


class NoSuchEdition(Refused):
    """No items were made for that month."""

    code = "unknown_month"


class SeedIsSecret(Refused):
    """A month's seed is published when the month has ended."""

    code = "seed_is_secret"


class AnotherGenerator(Refused):
    """An edition can only be made again by the generators that made it."""

    code = "another_generator"


def renew_fresh_edition(*, now: datetime) -> FreshEdition:
    """Draw this month's edition if it is missing, publish the seeds of ended months, and sync its suite."""
    month = fresh_month(now)
    FreshEdition.objects.filter(month__lt=month, revealed_at=None).update(revealed_at=now)
    edition = FreshEdition.objects.filter(month=month).first()
    return edition or _draw(month, now)


def _draw(month: str, now: datetime) -> FreshEdition:
    """Draw a seed; if another process was quicker, its seed is used."""
    seed = secrets.token_hex(SEED_BYTES)
    with tempfile.TemporaryDirectory() as draft:
        items_hash = files.write_edition(Path(draft), month=month, seed=seed)
    facts = {
        "version": files.suite_version(month),
        "seed": seed,
        "commitment": files.commitment(month=month, seed=seed),
        "items_hash": items_hash,
        "drawn_at": now,
    }
    edition, _ = FreshEdition.objects.get_or_create(month=month, defaults=facts)
    with transaction.atomic():
        sync_suites(folder=edition_folder(edition))
    return edition


def fresh_month(now: datetime) -> str:
    """Return the month of a moment, in UTC."""
    return f"{now:%Y-%m}"


def edition_folder(edition: FreshEdition) -> Path:
    """Return the folder of an edition's files on this machine; where it is missing, they are made again."""
    folder = Path(settings.DATA_DIR, FRESH, edition.month)
    if folder.is_dir():
        return folder
    if edition.version != files.suite_version(edition.month):
        raise AnotherGenerator(
            f"The items of {edition.month} are those of {edition.version}; here is {files.generator()}, "
            f"recipe {SPEC}."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    if files.write_edition(draft, month=edition.month, seed=edition.seed) != edition.items_hash:
        shutil.rmtree(draft)
        raise AnotherGenerator(
            f"The items of {edition.month} came out other than they were: nothing is kept."
        )
    try:
        draft.rename(folder)
    except OSError:  # another process of this machine was quicker
        shutil.rmtree(draft)
    return folder


def prepare_task_files(folder: str) -> None:
    """Make the files of a task that belongs to a month's edition, where this machine lacks them."""
    if folder.startswith(FRESH):
        edition_folder(edition_of_month(folder.removeprefix(FRESH).partition("/")[0]))


def edition_of_month(month: str) -> FreshEdition:
    """Return the edition of a month."""
    edition = FreshEdition.objects.filter(month=month).first()
    if edition is None:
        raise NoSuchEdition(f"There is no edition of lagline-fresh for {month}.", field="month")
    return edition


def write_past_items(*, month: str, folder: Path) -> str:
    """Make the items of a month that has ended again, from its published seed; return their hash."""
    edition = edition_of_month(month)
    if edition.revealed_at is None:
        raise SeedIsSecret(f"The seed of {month} is secret until the month has ended.", field="month")
    items_hash = files.write_edition(folder, month=month, seed=edition.seed)
    if items_hash != edition.items_hash:
        raise AnotherGenerator(
            f"The items of {month} came out other than they were; made by {edition.version}."
        )
    return items_hash
