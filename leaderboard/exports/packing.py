"""Write reproducible archives (equal content gives equal bytes), and pack the exchange formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from evals.operations.runs.lm_eval_files import finished_runs, run_files
from evals.queries.every_eval_ever import evaluations

HIDDEN_URL = "https://not-told.invalid/v1"


class Packing:
    """An archive that is written file by file, each in pieces."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.n_files = 0

    def add(self, name: str, pieces: Iterable[str | bytes]) -> None:
        """Add a file."""
        entry = ZipInfo(name)  # dated 1980: no time of writing is stored
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece.encode() if isinstance(piece, str) else piece)
        self.n_files += 1


@contextmanager
def packing(path: Path) -> Iterator[Packing]:
    """Open an archive for writing."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        yield Packing(archive)


def pack_every_eval_ever(path: Path) -> int:
    """Write the record's scores and samples as Every Eval Ever 0.3; return the number of evaluations."""
    with packing(path) as archive:
        count = 0
        for evaluation in evaluations():
            count += 1
            archive.add(evaluation.path, [json.dumps(evaluation.content, ensure_ascii=False, indent=1)])
            if "detailed_evaluation_results" in evaluation.content:
                archive.add(evaluation.samples_path, evaluation.samples())
        return count


def pack_lm_eval(path: Path) -> int:
    """Write each finished run as lm-eval's two files, without the endpoint's address; return their number."""
    with packing(path) as archive:
        count = 0
        for run in finished_runs():
            count += 1
            for name, lines in run_files(run, base_url=HIDDEN_URL).items():
                archive.add(name, lines)
        return count
