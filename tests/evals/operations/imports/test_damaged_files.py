"""However a file is damaged, an import writes what is sound in it, or refuses it in a sentence."""

from __future__ import annotations

import json
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.models import Alias, Benchmark, Import, Score
from tests.evals.imports.samples import FILES
from tests.support.damage import damaged
from tests.support.record import make_benchmark, make_model

pytestmark = pytest.mark.django_db

ALIASES = {
    "deepseek-r1": ["deepseek_r1", "deepseek-ai/DeepSeek-R1"],
    "gpqa": ["gpqa diamond", "SWE-bench Verified", "Aider polyglot", "METR task suite, average score"],
    "hle": ["osworld", "METR 50% time horizon", "LMArena", "LMArena coding"],
    "epoch-capabilities-index": [],
}


@pytest.fixture
def record(db: None) -> None:
    """Put every model and benchmark of the sound files on record."""
    for slug in ("deepseek-r1", "gpt-4o", "o3"):
        make_model(slug, aliases=ALIASES.get(slug, []))
    for slug in ("gsm8k", "ifeval", "mmlu-pro", "gpqa", "hle"):
        make_benchmark(slug, aliases=ALIASES.get(slug, []), items=198, unit="fraction")
    make_benchmark("epoch-capabilities-index", chance=None, ceiling=None, unit="points")
    Benchmark.objects.filter(slug="hle").update(unit="points", ceiling=None, chance=None)


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("file_format", FILES)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_imported_or_refused_in_a_sentence(file_format: str, data: st.DataObject) -> None:
    name, content = FILES[file_format]
    out = StringIO()
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.draw(damaged(content)))
        options = data.draw(st.sampled_from([[], ["--format", file_format], ["--partial"], ["--json"]]))
        try:
            call_command("import_scores", str(path), "--apply", *options, stdout=out)
        except CommandError as refusal:
            out.write(str(refusal))
        else:
            report = Import.objects.get().report if Import.objects.exists() else {}
            json.dumps(report, allow_nan=False)
            assert all(row.source.isprintable() for row in Score.objects.all())
            assert all(alias.normalised for alias in Alias.objects.all())
        out.getvalue().encode()
        transaction.set_rollback(True)


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("file_format", FILES)
def test_every_sound_file_goes_in(file_format: str, tmp_path: Path) -> None:
    name, content = FILES[file_format]
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    out = StringIO()
    call_command("import_scores", str(path), "--apply", "--partial", stdout=out)
    assert Score.objects.exists(), out.getvalue()
    assert "rejected" not in out.getvalue().splitlines()[0]
