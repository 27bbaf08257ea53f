"""An operator gives a file, sees what it would change, applies it, and says what a spelling means."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from evals.models import Alias, Import, Score
from tests.support.accounts import log_in_as_staff, staff_client
from tests.support.record import make_benchmark, make_model

pytestmark = pytest.mark.django_db

TABLE = (
    "model,benchmark,value,reported_by,source\n"
    "deepseek-r1,gpqa,0.7,vendor,a paper\n"
    "<b>R1</b>,gpqa,0.6,vendor,a paper\n"
)


@pytest.fixture
def operator(db: None, settings: Settings, tmp_path: Path) -> Client:
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    make_model("deepseek-r1")
    make_benchmark("gpqa")
    return staff_client()


def give(operator: Client, content: str = TABLE, name: str = "ours.csv") -> str:
    file = SimpleUploadedFile(name, content.encode())
    answer = operator.post("/admin/evals/import/add/", {"file": file, "format": "", "url": ""}, follow=True)
    return answer.content.decode()


def test_a_file_is_given_looked_at_and_applied(operator: Client) -> None:
    give(operator)
    proposal = Import.objects.get()
    assert (proposal.state, proposal.asked_by) == ("proposed", get_user_model().objects.get())
    assert not Score.objects.exists()
    page = operator.get(f"/admin/evals/import/{proposal.pk}/change/").content.decode()
    assert "2 rows, 1 new, 1 unknown" in page
    assert "&lt;b&gt;R1&lt;/b&gt;" in page
    assert "<b>R1</b>" not in page
    chosen = {"_selected_action": [proposal.pk], "action": "apply_all_or_none"}
    result = operator.post("/admin/evals/import/", chosen, follow=True).content.decode()
    assert "1 of 2 rows cannot go in" in result
    operator.post("/admin/evals/import/", chosen | {"action": "apply_good_rows"})
    proposal.refresh_from_db()
    assert (proposal.state, Score.objects.get().value) == ("applied", 0.7)
    again = operator.post("/admin/evals/import/", chosen | {"action": "apply_good_rows"}, follow=True)
    assert "was applied already" in again.content.decode()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Give a file or an address."),
        ({"url": "https://127.0.0.1/a.csv"}, "not on the public internet"),
        ({"url": "http://example.org/a.csv"}, "over https only"),
    ],
)
def test_what_cannot_be_imported_is_told_on_the_form(
    operator: Client, form: dict[str, str], sentence: str
) -> None:
    page = operator.post("/admin/evals/import/add/", {"format": ""} | form).content.decode()
    assert sentence in page
    assert not Import.objects.exists()


def test_a_broken_file_is_told_on_the_form(operator: Client) -> None:
    assert "of none of the known formats" in give(operator, "a,b\n1,2\n")
    assert not Import.objects.exists()


def test_a_person_says_what_a_spelling_means(operator: Client) -> None:
    give(operator, TABLE.replace("<b>R1</b>", "DeepSeek R1 (new)"))
    alias = Alias.objects.get()
    address = f"/admin/evals/alias/{alias.pk}/change/"
    assert "deepseek-r1" in operator.get(address).content.decode()
    assert "Say the model" in operator.post(address, {}).content.decode()
    model = make_model("deepseek-r1")
    assert operator.post(address, {"model": model.pk}).status_code == 302
    alias.refresh_from_db()
    assert (alias.model, alias.confirmed_by) == (model, "root")


def test_a_partial_score_is_held_back_unless_the_operator_ticks_the_box(operator: Client) -> None:
    make_benchmark("whole", items=100)
    table = "model,benchmark,value,n,reported_by,source\ndeepseek-r1,whole,0.5,10,vendor,a paper\n"
    apply = {"action": "apply_good_rows"}
    for partial in (False, True):
        file = SimpleUploadedFile("ours.csv", table.encode())
        fields = {"file": file, "format": "", "url": ""} | ({"partial": "on"} if partial else {})
        operator.post("/admin/evals/import/add/", fields)
        proposal = Import.objects.latest("pk")
        page = operator.get(f"/admin/evals/import/{proposal.pk}/change/").content.decode()
        assert ("0.5 over 10 of 100 items" in page) is not partial
        operator.post("/admin/evals/import/", apply | {"_selected_action": [proposal.pk]})
        assert [row.partial_of for row in Score.objects.all()] == ([100] if partial else [])


def test_a_person_says_which_unit_a_column_has(operator: Client) -> None:
    make_benchmark("gso")
    table = "Model version,Release date,Organization,Score\ndeepseek-r1,2025-01-20,DeepSeek,0.8\n"
    give(operator, table, "gso_external.csv")
    alias = Alias.objects.get()
    address = f"/admin/evals/alias/{alias.pk}/change/"
    assert (alias.kind, alias.spelling) == ("unit", "epoch-hub gso, Score")
    assert "per cent, 0 to 100" in operator.get(address).content.decode()
    assert "Say the unit" in operator.post(address, {"model": make_model("deepseek-r1").pk}).content.decode()
    assert operator.post(address, {"unit": "percent"}).status_code == 302
    give(operator, table, "gso_external.csv")
    chosen = {"_selected_action": [Import.objects.latest("pk").pk], "action": "apply_good_rows"}
    operator.post("/admin/evals/import/", chosen)
    assert Score.objects.get().value == pytest.approx(0.008)


def test_nobody_but_an_operator_gives_a_file(db: None) -> None:
    user = get_user_model().objects.create_user("ann", is_staff=True)
    client = Client()
    log_in_as_staff(client, user)
    assert client.get("/admin/evals/import/add/").status_code == 403


def test_what_the_page_leaves_out_it_counts(operator: Client) -> None:
    rows = "".join(f"deepseek-r1,gpqa,x{n},vendor,b\n" for n in range(1005))
    give(operator, TABLE.splitlines()[0] + "\n" + rows)
    page = operator.get(f"/admin/evals/import/{Import.objects.get().pk}/change/").content.decode()
    assert page.count("<div>line ") == 200
    assert "... and 805 more: `manage.py import_scores FILE --json` tells all of them." in page
