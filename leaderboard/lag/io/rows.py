"""Turn rows of a file into models, benchmarks and scores."""

from __future__ import annotations

from leaderboard.lag.data import EFFORTS, Benchmark, Model, Provenance, Score
from leaderboard.lag.io.fields import InputRow

COUNTRIES = {
    "China": ("china", "cn", "prc", "people's republic of china"),
    "US": ("us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"),
}
"""Spellings of the two default cohorts; every other cohort name is taken as it stands."""
FACTS = (
    *("country", "base_country", "host_country", "openness", "developer"),
    *("size", "domain", "language", "name"),
)
"""Optional texts of a model or a benchmark that cohorts may be chosen by."""
MODEL_FIELDS = ("id", "group", "date", "base", "effort", "price", "price_cuts", *FACTS)
BENCHMARK_FIELDS = ("id", "chance", "ceiling", "n", *FACTS)
SCORE_FIELDS = ("model", "benchmark", "score", "se", "n", "source")


def normalise_cohort(text: str) -> str:
    """Return the one name of a cohort: "China" or "US" for their usual spellings, else the text itself."""
    plain = text.strip()
    return next((name for name, known in COUNTRIES.items() if plain.casefold() in known), plain)


def parse_provenance(source: str | None) -> Provenance:
    """Return what a `source` says: measured, imported or vendor (also before a colon), else reported."""
    word = (source or "").partition(":")[0].strip().casefold()
    return Provenance(word) if word in set(Provenance) else Provenance.REPORTED


def read_model(row: InputRow, id_field: str = "id") -> Model | None:
    """Read a model, None where its row will not do; a blank group puts it into no cohort."""
    name = row.text(id_field, required=True)
    if "group" not in row.values:
        row.refuse("group", 'the name of a group, "" where it is not known')
    group = row.text("group")
    released = row.release_date("date")
    base, effort = row.text("base"), row.choice("effort", EFFORTS)
    price = row.number("price", least=0, what="a number of USD per million tokens, 0 or more")
    cuts, facts = row.prices("price_cuts"), _facts(row)
    if name is None or released is None:
        return None
    cohort = normalise_cohort(group or "")
    return Model(name, cohort, released.on, released.precision, base, effort, price, cuts, facts)


def read_benchmark(row: InputRow) -> Benchmark | None:
    """Read a benchmark, None where its row will not do."""
    name = row.text("id", required=True)
    chance = row.number("chance") or 0.0
    ceiling, n = row.number("ceiling"), row.count("n")
    if ceiling is not None and ceiling <= chance:
        row.refuse("ceiling", f"a number above the chance level, {chance:g}")
    return None if name is None else Benchmark(name, chance, ceiling, n, _facts(row))


def read_score(row: InputRow) -> Score | None:
    """Read a score, None where its row will not do."""
    model, benchmark = row.text("model", required=True), row.text("benchmark", required=True)
    value = row.number("score", required=True)
    se = row.number("se", least=0, what="a standard error of 0 or more")
    n, source = row.count("n"), row.text("source")
    if model is None or benchmark is None or value is None:
        return None
    return Score(model, benchmark, value, se, n, parse_provenance(source))


def _facts(row: InputRow) -> dict[str, str]:
    found = {name: row.text(name) for name in FACTS}
    return {name: value for name, value in found.items() if value is not None}
