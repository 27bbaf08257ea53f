"""Resolve foreign spellings of models and benchmarks, and units of columns, without guessing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction
from rapidfuzz import fuzz, process, utils

from evals.catalogue.duplicates import normalised
from evals.models import Alias, AuditAction, Benchmark, Import, Model
from evals.operations.audit import record_event
from evals.operations.refusals import Refused, describe_unknown

TABLES: Mapping[str, type[Model] | type[Benchmark]] = {
    Alias.Kind.MODEL: Model,
    Alias.Kind.BENCHMARK: Benchmark,
}
LEAST_LIKENESS = 60.0
SUGGESTED = 3


class UnknownTarget(Refused):
    """No model or benchmark has this slug, or no unit this name."""

    code = "unknown_target"
    field = "target"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row that a spelling may mean, and how alike the names are, from 0 to 100."""

    slug: str
    name: str
    likeness: float


class KnownSpellings:
    """Every known spelling of one kind, and the row that it means."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._names: dict[str, str] = {}
        self._meant: dict[str, int | None] = {}
        table = TABLES[kind]
        rows = Model.objects.filter(is_confirmed=True) if table is Model else table._default_manager.all()
        for pk, slug, name, aliases in rows.values_list("id", "slug", "name", "aliases"):
            self._names[slug] = name
            for spelling in (slug, name, *aliases):
                key = normalised(spelling)
                self._meant[key] = pk if self._meant.setdefault(key, pk) == pk else None
        self._recorded = dict(self._meant)
        confirmed = Alias.objects.filter(kind=kind, confirmed_at__isnull=False)
        for alias in confirmed:
            self._meant[alias.normalised] = alias.model_id if table is Model else alias.benchmark_id
        self.ignored = set(confirmed.filter(ignored=True).values_list("normalised", flat=True))

    def meant(self, spelling: str) -> int | None:
        """Return the id of the row that a spelling means, or None if unknown."""
        return self._meant.get(normalised(spelling))

    def meant_in(self, dataset: str, name: str) -> int | None:
        """Return the id of the row that a name within a dataset means, or None if unknown.

        Without a confirmed meaning of both together, the name alone counts if it is on record, unless the
        dataset is another row on record: then the name is that of a part of it.
        """
        if not dataset:
            return self.meant(name)
        confirmed = self.meant(f"{dataset} {name}")
        if confirmed is not None:
            return confirmed
        by_name = self._recorded.get(normalised(name))
        by_dataset = self._recorded.get(normalised(dataset))
        return by_name if by_dataset in (None, by_name) else None

    def is_ignored(self, spelling: str) -> bool:
        """Return whether a person has marked the spelling as none of our rows."""
        return bool(self.ignored) and normalised(spelling) in self.ignored

    @cached_property
    def _options(self) -> dict[str, str]:
        """Return the words that each row is known by."""
        return {slug: _words(f"{slug} {name}") for slug, name in self._names.items()}

    def suggestions(self, spelling: str) -> list[Suggestion]:
        """Return the rows whose names are most like a spelling, best first."""
        word = _words(spelling.rpartition("/")[2])
        given = Counter(word.split())
        matches = process.extract(
            word, self._options, scorer=fuzz.token_set_ratio, limit=None, score_cutoff=LEAST_LIKENESS
        )

        def order(match: tuple[str, float, str]) -> tuple[float, int, int]:
            # A name all of whose words occur is as alike as one that has more of them: that one goes first.
            name = Counter(_words(match[2]).split())
            return -match[1], -(name & given).total(), (name - given).total()

        best = sorted(matches, key=order)[:SUGGESTED]
        return [Suggestion(slug, self._names[slug], round(likeness, 1)) for _, likeness, slug in best]


def confirmed_units() -> dict[str, str]:
    """Return the unit of every column that a person has confirmed, by its normalised name; "" is ignored."""
    confirmed = Alias.objects.filter(kind=Alias.Kind.UNIT, confirmed_at__isnull=False)
    return dict(confirmed.values_list("normalised", "unit"))


def _words(name: str) -> str:
    """Return a name's words in small letters, without punctuation."""
    words: str = utils.default_process(name.replace("_", " "))
    return words


def record_unknown_names(*, unknown_names: Mapping[str, Iterable[str]], seen_in: Import) -> int:
    """Record unknown spellings as aliases that wait for a person."""
    waiting = {
        (kind, normalised(spelling)): Alias(
            kind=kind, spelling=spelling, normalised=normalised(spelling), seen_in=seen_in
        )
        for kind, spellings in unknown_names.items()
        for spelling in spellings
    }
    Alias.objects.bulk_create(waiting.values(), ignore_conflicts=True, batch_size=500)
    return len(waiting)


def confirm_alias(*, kind: str, spelling: str, target: str, by: str, now: datetime) -> Alias:
    """Confirm the meaning of a spelling: a slug, a unit, or nothing of ours. Raises UnknownTarget."""
    known: dict[str, int] = dict.fromkeys(Alias.Unit.values, 0)
    if kind in TABLES:
        known = dict(TABLES[kind]._default_manager.values_list("slug", "id"))
    if target and target not in known:
        sentence, allowed = describe_unknown(kind, target, known)
        raise UnknownTarget(sentence, allowed=allowed)
    meaning = {
        "spelling": spelling,
        "model_id": known[target] if target and kind == Alias.Kind.MODEL else None,
        "benchmark_id": known[target] if target and kind == Alias.Kind.BENCHMARK else None,
        "unit": target if kind == Alias.Kind.UNIT else "",
        "ignored": not target,
        "confirmed_by": by[:150],
        "confirmed_at": now,
    }
    with transaction.atomic():
        alias, _ = Alias.objects.update_or_create(
            kind=kind, normalised=normalised(spelling), defaults=meaning
        )
        record_event(
            action=AuditAction.ALIAS_CONFIRM,
            object_type="alias",
            object_id=alias.pk,
            after={"kind": kind, "value": target, "ignored": not target},
        )
    return alias


def forget_alias(*, alias_id: int) -> None:
    """Withdraw the confirmed meaning of a spelling, so that it waits again."""
    with transaction.atomic():
        Alias.objects.filter(pk=alias_id).update(
            model=None, benchmark=None, unit="", ignored=False, confirmed_by="", confirmed_at=None
        )
        record_event(action=AuditAction.ALIAS_FORGET, object_type="alias", object_id=alias_id)
