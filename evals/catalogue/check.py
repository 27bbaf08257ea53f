"""Check the whole catalogue: a folder of CSV files in, a list of problems out."""

from datetime import date
from itertools import chain
from pathlib import Path

from evals.catalogue.columns import check_cells
from evals.catalogue.dates import check_dates
from evals.catalogue.duplicates import check_identity
from evals.catalogue.files import COLUMNS, CatalogueContent, Problem, read_tables
from evals.catalogue.plausibility import check_plausibility
from evals.catalogue.references import check_links


def check(folder: Path, today: date) -> list[Problem]:
    """Return all problems of a catalogue, ordered by file and line."""
    return problems_of(read_tables(folder), today)


def problems_of(reading: CatalogueContent, today: date) -> list[Problem]:
    """Return all problems of a catalogue that has been read, ordered by file and line."""
    problems = chain(
        reading.problems,
        check_cells(reading.tables, today),
        check_identity(reading.tables),
        check_links(reading.tables),
        check_plausibility(reading.tables),
        check_dates(reading.tables),
    )
    files = list(COLUMNS)
    return sorted(problems, key=lambda problem: (files.index(problem.file), problem.line, problem.field))
