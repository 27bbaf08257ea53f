"""Operators see every kind of row in a constant number of queries, and edit only what no rule watches."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from evals import models
from evals.models import Attempt, Claim, Endpoint, Limit, Request
from tests.support.accounts import staff_client
from tests.support.record import (
    NOW,
    add_samples,
    make_benchmark,
    make_endpoint,
    make_model,
    make_score,
    make_submission,
    make_user,
)

OURS = [table for table in admin.site._registry if table.__module__.startswith("evals.")]
WRITTEN = (Endpoint, Limit, models.Alias, models.Import, models.SpendingCap)
READ_ONLY = [table for table in OURS if table not in WRITTEN]
MOST_QUERIES = 14  # session, user, counts, filters, rows


@pytest.fixture
def operator(db: None, settings: Settings) -> Client:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}  # the hashed names are made at build time
    return staff_client()


@pytest.fixture
def house(db: None) -> None:
    for number in range(40):
        model = make_model(f"m{number}", developer=f"d{number}")
        submission = make_submission(
            endpoint=make_endpoint(f"e{number}", model=model), submitter=make_user(f"u{number}")
        )
        make_score(model, make_benchmark(f"b{number}"))
        add_samples(submission.runs.get(), ["answered"])
        Claim.objects.create(slug=f"c{number}", claimed_on=NOW.date(), leader="US", follower="China")
    for request in Request.objects.all():
        Attempt.objects.create(request=request, number=1, sent_at=NOW)


@pytest.mark.usefixtures("house")
def test_every_list_takes_a_few_queries_and_can_be_searched(
    operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert len(OURS) == 36
    for table in OURS:
        name = table._meta.model_name
        with django_assert_max_num_queries(MOST_QUERIES):
            response = operator.get(f"/admin/evals/{name}/")
        assert response.status_code == 200, name
        assert operator.get(f"/admin/evals/{name}/?q=zzz").status_code == 200, name


@pytest.mark.usefixtures("house")
def test_every_row_can_be_opened_and_none_but_an_endpoint_can_be_written(operator: Client) -> None:
    for table in READ_ONLY:
        row = table._default_manager.first()
        if row is None:
            continue
        address = f"/admin/evals/{table._meta.model_name}/{row.pk}/"
        assert operator.get(address + "change/").status_code == 200, address
        assert operator.post(address + "change/", {}).status_code == 403, address
        assert operator.post(address + "delete/", {"post": "yes"}).status_code == 403, address
        assert operator.get(f"/admin/evals/{table._meta.model_name}/add/").status_code == 403, address


def test_an_operator_can_disable_an_endpoint_but_not_point_it_elsewhere(operator: Client) -> None:
    endpoint = make_endpoint()
    form = {"max_concurrency": 3, "timeout_s": 60, "base_url": "http://10.0.0.8/", "api_model": "other"}
    assert operator.post(f"/admin/evals/endpoint/{endpoint.pk}/change/", form).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.max_concurrency) == (False, 3)
    assert (endpoint.base_url, endpoint.api_model) == ("https://api.example.com/v1", "deepseek-chat")


def test_an_operator_acts_on_several_submissions_and_hears_which_could_not(operator: Client) -> None:
    waiting, ended = make_submission(), make_submission(submitter=make_user("eve"))
    models.Submission.objects.filter(pk=ended.pk).update(state="FINISHED")

    def act(action: str) -> str:
        form = {"action": action, "_selected_action": [waiting.pk, ended.pk]}
        return operator.post("/admin/evals/submission/", form, follow=True).content.decode()

    page = act("put_first")
    waiting.refresh_from_db()
    assert waiting.priority > 0
    assert f"Submission {waiting.public_id}: done." in page
    assert f"Submission {ended.public_id}: The submission is finished" in page
    act("pause")
    act("cancel")
    waiting.refresh_from_db()
    assert waiting.paused_at is not None
    assert waiting.state == "CANCELLED"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("action", "state"),
    [
        *((name, "PENDING") for name in ("cancel", "pause", "resume", "put_first", "put_in_turn")),
        *((name, "CANCELLED") for name in ("retry", "rescore")),
    ],
)
def test_every_action_wakes_the_worker(
    operator: Client, wake_ups: list[str], action: str, state: str
) -> None:
    submission = make_submission()
    models.Submission.objects.update(state=state)
    if state == "CANCELLED":
        models.Run.objects.update(state="finished", results={})
    wake_ups.clear()
    form = {"action": action, "_selected_action": [submission.pk]}
    assert operator.post("/admin/evals/submission/", form).status_code == 302
    assert wake_ups == ["worker.dispatch"]


def test_an_endpoint_that_is_enabled_wakes_the_worker(
    operator: Client, wake_ups: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    endpoint = make_submission().endpoint
    Endpoint.objects.update(enabled=False)
    form = {"max_concurrency": 3, "timeout_s": 60, "enabled": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        assert operator.post(f"/admin/evals/endpoint/{endpoint.pk}/change/", form).status_code == 302
    assert wake_ups == ["worker.dispatch"]


def test_every_table_of_the_record_has_its_page_but_for_the_parts_of_others() -> None:
    tables = {getattr(models, name) for name in models.__all__}
    tables = {table for table in tables if hasattr(table, "_meta")}
    log = {models.AuditEvent, models.AccountPseudonym}  # shown on the page of the audit log
    parts = {models.SuiteTask, models.Sample, models.SampleRequest, models.SolvedPuzzle, models.Member}
    assert tables - set(OURS) == parts | log | {models.Installation}


def test_an_operator_sets_the_first_cap_of_an_owner(operator: Client) -> None:
    owner = make_user("ann").owner
    form = {"owner": owner.pk, "kind": "operator", "usd_per_day": "5"}
    assert operator.post("/admin/evals/spendingcap/add/", form).status_code == 302
    assert owner.caps.get().usd_per_day == 5


def test_what_an_operation_refuses_is_shown_and_nothing_is_written(operator: Client) -> None:
    cap = models.SpendingCap.objects.create(owner=make_user("ann").owner, kind="operator", usd_per_day=5)
    form = {"usd_per_day": "200000"}
    page = operator.post(f"/admin/evals/spendingcap/{cap.pk}/change/", form, follow=True)
    assert "A spending cap is between 0 and 100000" in page.content.decode()
    cap.refresh_from_db()
    assert cap.usd_per_day == 5
