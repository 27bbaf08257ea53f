"""However a file of a catalogue or of a suite is damaged, it is loaded or refused in sentences."""

from __future__ import annotations

import shutil
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.catalogue.files import COLUMNS
from tests.evals.catalogue.builders import sound_rows, write_catalogue
from tests.support.damage import damaged

pytestmark = pytest.mark.django_db

SUITES = Path(__file__).resolve().parents[4] / "evals" / "suites"
QUIET = [HealthCheck.function_scoped_fixture]


def loaded(folder: Path, suites: Path) -> str:
    """Load a catalogue and suites, take everything back, and return what the command printed."""
    out = StringIO()
    with transaction.atomic():
        try:
            call_command("catalogue", "--folder", str(folder), "--suites", str(suites), stdout=out)
        except CommandError as refusal:
            out.write(str(refusal))
        transaction.set_rollback(True)
    out.getvalue().encode()
    return out.getvalue()


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=QUIET)
def test_a_damaged_file_of_a_catalogue_is_loaded_or_refused(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, suites = Path(place) / "catalogue", Path(place) / "suites"
        folder.mkdir()
        suites.mkdir()
        write_catalogue(folder, sound_rows())
        (folder / name).write_bytes(data.draw(damaged((folder / name).read_bytes())))
        assert loaded(folder, suites)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_nul_character_is_refused_by_its_cell(name: str, tmp_path: Path) -> None:
    folder, suites = tmp_path / "catalogue", tmp_path / "suites"
    folder.mkdir()
    suites.mkdir()
    write_catalogue(folder, sound_rows())
    header, first, *others = (folder / name).read_text().splitlines(keepends=True)
    (folder / name).write_text("".join((header, f"\0{first}", *others)))
    column = header.partition(",")[0]
    assert f"{name}:2: {column}: must not contain a NUL character" in loaded(folder, suites)


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=QUIET)
def test_a_damaged_file_of_a_suite_is_loaded_or_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, suites = Path(place) / "catalogue", Path(place) / "suites"
        folder.mkdir()
        write_catalogue(folder, sound_rows())
        shutil.copytree(SUITES, suites, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        path = data.draw(st.sampled_from(sorted(suites.glob("*.yaml"))))
        path.write_bytes(data.draw(damaged(path.read_bytes())))
        assert loaded(folder, suites)
