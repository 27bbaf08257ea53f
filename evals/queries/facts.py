"""Facts of the record by address, such as `model:deepseek-r1:released_on` or `score:1234:value`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey

from evals.models import Adoption, Benchmark, Claim, Developer, ListPrice, Model, Score
from evals.models.catalogue import Sourced

KINDS: Mapping[str, type[Sourced]] = {
    "developer": Developer,
    "model": Model,
    "benchmark": Benchmark,
    "score": Score,
    "claim": Claim,
    "price": ListPrice,
    "adoption": Adoption,
}
OURS = frozenset(  # bookkeeping columns, which are not facts
    {
        *("id", "slug", "known_at", "recorded_at", "retrieved_on", "edition"),
        *("imported_in", "run", "submission"),
        *("proposed_by", "is_confirmed", "confirmed_at"),
    }
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of one row, and its value."""

    row: Sourced
    field: str

    @property
    def address(self) -> str:
        """Return the address of the fact."""
        return f"{row_address(self.row)}:{self.field}"

    @property
    def value(self) -> str:
        """Return the value as one line of text; empty if unknown."""
        value = getattr(self.row, self.field)
        if value is None:
            return ""
        if isinstance(value, list):
            return "; ".join(str(item) for item in value)
        related = isinstance(self.row._meta.get_field(self.field), ForeignKey)
        return str(value.slug if related else value)

    @property
    def column(self) -> str:
        """Return the database column, as corrections name it."""
        column: Any = self.row._meta.get_field(self.field)
        return str(column.attname)


def row_address(row: Sourced) -> str:
    """Return the address of a row: its kind, and its slug or id."""
    kind = next(name for name, table in KINDS.items() if isinstance(row, table))
    return f"{kind}:{getattr(row, 'slug', '') or row.pk}"


def facts_of(row: Sourced) -> list[Fact]:
    """Return the facts of a row, without bookkeeping columns."""
    return [Fact(row, field.name) for field in row._meta.concrete_fields if field.name not in OURS]


def row_at(address: str) -> Sourced | None:
    """Return the row of an address, with or without a field, or None."""
    kind, _, rest = address.partition(":")
    key = rest.partition(":")[0]
    table = KINDS.get(kind)
    if table is None or not address.isprintable():
        return None
    by_slug = any(field.name == "slug" for field in table._meta.concrete_fields)
    if not by_slug and not (key.isascii() and key.isdigit() and len(key) < len(str(2**63))):
        return None
    rows = table._default_manager.filter(**({"slug": key} if by_slug else {"pk": int(key)}))
    return rows.select_related(*_related(table)).first()


def fact_at(address: str) -> Fact | None:
    """Return the fact of an address, or None."""
    row = row_at(address)
    return next((fact for fact in facts_of(row) if fact.address == address), None) if row else None


def _related(table: type[Sourced]) -> list[str]:
    return [f.name for f in table._meta.concrete_fields if isinstance(f, ForeignKey) and f.name not in OURS]


def row_of(table: str, row_id: int) -> Sourced | None:
    """Return the row of a correction or dispute, or None if it was withdrawn."""
    of_table = next(candidate for candidate in KINDS.values() if candidate._meta.db_table == table)
    return of_table._default_manager.filter(pk=row_id).first()
