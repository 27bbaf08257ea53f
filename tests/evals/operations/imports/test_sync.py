"""What others publish is fetched only where that is turned on; without a network a sentence says so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from evals.models import AuditEvent, Import, Score
from evals.operations.imports import sync
from evals.operations.imports.fetch import FetchRefused
from evals.operations.imports.sync import UnknownSource, sync_imports
from tests.support.record import NOW, make_benchmark, make_model

pytestmark = pytest.mark.django_db

INDEX = "Model,eci,eci_ci_low,eci_ci_high,date\no3,147.5,145,150,2025-04-16\n"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the address of the index hold a file."""
    make_model("o3", developer="openai", country="US", openness="closed")
    make_benchmark("eci", name="Epoch Capabilities Index", unit="points", chance=None, ceiling=None)
    file = tmp_path / "eci_scores.csv"
    file.write_text(INDEX)
    monkeypatch.setattr(sync, "fetch", lambda *, folder, **_: Path(shutil.copy(file, folder)))
    return file


def test_it_is_off_until_it_is_turned_on() -> None:
    assert sync_imports(mode="off", now=NOW) == [
        "Nothing is fetched: SYNC_IMPORTS is off. Set it to propose or apply."
    ]


def test_a_source_is_imported_once_and_anew_when_it_says_something_else(published: Path) -> None:
    assert sync_imports(mode="apply", now=NOW, only=["epoch-index"]) == [
        "epoch-index: applied: 1 rows, 1 new, 1 doubts."
    ]
    assert Score.objects.get().source.startswith("Epoch AI, Epoch Capabilities Index (eci_scores.csv of 2026")
    assert sync_imports(mode="apply", now=NOW, only=["epoch-index"]) == [
        "epoch-index: the same file as before."
    ]
    published.write_text(INDEX.replace("147.5", "148"))
    assert "1 changed" in sync_imports(mode="apply", now=NOW, only=["epoch-index"])[0]
    assert (Score.objects.get().value, Import.objects.count()) == (148, 2)
    applied = AuditEvent.objects.filter(action="import.apply", actor_kind="system")
    assert applied.count() == 2, "the same file again changed nothing"


def test_without_a_network_every_source_says_so(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def nothing(**_: Any) -> Path:
        raise FetchRefused("epoch.ai cannot be reached (ClientConnectorError): is there a network?")

    settings.CREDENTIALS = {}
    monkeypatch.setattr(sync, "fetch", nothing)
    sentences = sync_imports(mode="propose", now=NOW)
    assert sentences[0].startswith("epoch-benchmarks: not fetched. epoch.ai cannot be reached")
    assert sentences[-1] == "artificial-analysis: left out, there is no CREDENTIAL_ARTIFICIAL_ANALYSIS."
    assert not Import.objects.exists()


def test_a_source_without_an_address_is_refused() -> None:
    with pytest.raises(UnknownSource, match="There is no address for lm-eval; known: epoch-benchmarks"):
        sync_imports(mode="apply", now=NOW, only=["lm-eval"])
