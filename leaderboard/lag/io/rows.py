"""Read models, benchmarks and scores from the rows of a file."""

from __future__ import annotations

from leaderboard.lag.data import EFFORTS, Benchmark, Model, Provenance, Score
from leaderboard.lag.io.fields import InputRow

COUNTRIES = {
    "China": ("china", "cn", "prc", "people's republic of china"),
    "US": ("us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"),
}
"""Spellings of the two default cohorts; other cohort names are used as they are."""
FACTS = (
    *("country", "base_country", "host_country", "openness", "developer"),
    *("size", "domain", "language", "name"),
)
"""Optional texts of a model or a benchmark that cohorts are filtered by."""
MODEL_FIELDS = ("id", "group", "date", "base", "effort", "price", "price_cuts", *FACTS)
BENCHMARK_FIELDS = ("id", "chance", "ceiling", "n", *FACTS)
SCORE_FIELDS = ("model", "benchmark", "score", "se", "n", "source", "unit")
UNITS = ("fraction", "percent")


def normalise_cohort(text: str) -> str:
    """Return "China" or "US" for their usual spellings, else the text itself."""
    plain = text.strip()
    return next((name for name, known in COUNTRIES.items() if plain.casefold() in known), plain)


def parse_provenance(source: str | None) -> Provenance:
    """Parse a `source`: measured, imported or vendor, also before a colon; anything else is reported."""
    word = (source or "").partition(":")[0].strip().casefold()
    return Provenance(word) if word in set(Provenance) else Provenance.REPORTED


def read_model(row: InputRow, id_field: str = "id") -> Model | None:
    """Read a model, None for an invalid row; a model with a blank group is in no cohort."""
    name = row.text(id_field, required=True)
    if "group" not in row.values:
        row.refuse("group", 'the name of a group, "" where it is not known')
    group = row.text("group")
    released = row.release_date("date")
    base, effort = row.text("base"), row.choice("effort", EFFORTS)
    price = row.number("price", least=0, allowed="a number of USD per million tokens, 0 or more")
    cuts, facts = row.prices("price_cuts"), _facts(row)
    if name is None or released is None:
        return None
    cohort = normalise_cohort(group or "")
    return Model(name, cohort, released.on, released.precision, base, effort, price, cuts, facts)


def read_benchmark(row: InputRow) -> Benchmark | None:
    """Read a benchmark, None for an invalid row."""
    name = row.text("id", required=True)
    chance = row.number("chance") or 0.0
    ceiling, n = row.number("ceiling"), row.count("n")
    if ceiling is not None and ceiling <= chance:
        row.refuse("ceiling", f"a number above the chance level, {chance:g}")
    return None if name is None else Benchmark(name, chance, ceiling, n, _facts(row))


def read_score(row: InputRow) -> Score | None:
    """Read a score, None for an invalid row."""
    model, benchmark = row.text("model", required=True), row.text("benchmark", required=True)
    value = row.number("score", required=True)
    se = row.number("se", least=0, allowed="a standard error of 0 or more")
    n, source, unit = row.count("n"), row.text("source"), row.choice("unit", UNITS)
    if model is None or benchmark is None or value is None:
        return None
    if unit == "percent":
        value, se = _hundredth(value), None if se is None else _hundredth(se)
    return Score(model, benchmark, value, se, n, parse_provenance(source))


def _hundredth(percent: float) -> float:
    """Return per cent as a fraction, without the last bit that a division can add."""
    return round(percent / 100, 15)


def _facts(row: InputRow) -> dict[str, str]:
    texts = {name: row.text(name) for name in FACTS}
    return {name: value for name, value in texts.items() if value is not None}
