"""An owner registers an endpoint, decides who else uses it, and nobody else learns that it exists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django import Settings

from evals.models import AuditEvent, Endpoint
from evals.operations.endpoints.access import own_endpoint, own_endpoints
from evals.operations.endpoints.own import (
    BadEndpointName,
    UnknownProvider,
    change_own_endpoint,
    delete_own_endpoint,
    public_presets,
    register_own_endpoint,
    share_own_endpoint,
)
from evals.operations.endpoints.registration import (
    BadAddress,
    EndpointConflict,
    UnknownModel,
    register_endpoint,
)
from evals.operations.owners.access import NotPermitted, UnknownOwner, owner_of
from evals.operations.refusals import Refused
from evals.operations.submissions.lifecycle import submit
from evals.operations.submissions.targets import AmbiguousModel, UnknownEndpoint
from tests.support.own_endpoints import allow_inside, make_own_endpoint, pass_preflight
from tests.support.record import NOW, make_endpoint, make_model, make_organisation, make_suite, make_user

pytestmark = pytest.mark.django_db


def test_an_endpoint_of_a_preset_belongs_to_its_owner_and_nobody_vouches_for_it(ann: User) -> None:
    make_model()
    endpoint = register_own_endpoint(
        actor=ann, name="Fast lane", model="deepseek-v3", api_model="deepseek-chat", preset="deepseek",
        input_usd_per_mtok=Decimal("0.5"), output_usd_per_mtok=Decimal(2),
    )  # fmt: skip
    assert (endpoint.slug, endpoint.provider) == ("ann--fast-lane", "deepseek")
    assert endpoint.base_url.startswith("https://api.deepseek.com")
    assert (endpoint.owner, endpoint.vouched_by, endpoint.credential) == (owner_of(ann), "", "")
    assert not endpoint.internal_allowed
    assert AuditEvent.objects.filter(action="endpoint.register", object_id="ann--fast-lane").exists()


@pytest.mark.parametrize(
    ("changed", "refusal", "sentence"),
    [
        ({"base_url": "http://api.lab.example/v1"}, BadAddress, "must start with https"),
        ({"base_url": "https://10.0.0.5/v1"}, BadAddress, "inside our own network"),
        ({"base_url": "https://vllm.internal/v1"}, BadAddress, "inside our own network"),
        ({"base_url": "https://user:pw@api.lab.example"}, BadAddress, "a user name or a password"),
        ({"model": "deepseek-v9"}, UnknownModel, "no model 'deepseek-v9'"),
        ({"preset": "vllm"}, UnknownProvider, "no provider 'vllm'"),
        ({"name": "…"}, BadEndpointName, "letters or digits"),
        ({"max_concurrency": 33}, Refused, "1 to 32"),
        ({"owner": "acme"}, UnknownOwner, "no member"),
    ],
)
def test_what_cannot_be_called_safely_is_refused(
    ann: User, changed: dict[str, Any], refusal: type[Refused], sentence: str
) -> None:
    make_model()
    given = {"name": "lab", "model": "deepseek-v3", "api_model": "x", "protocol": "openai-chat"}
    with pytest.raises(refusal, match=sentence):
        register_own_endpoint(actor=ann, **given | {"base_url": "https://api.lab.example/v1"} | changed)
    assert not Endpoint.objects.exists()


def test_presets_inside_our_network_are_not_offered() -> None:
    slugs = {preset.slug for preset in public_presets()}
    assert "deepseek" in slugs
    assert not slugs & {"vllm", "ollama", "llama-cpp"}


def test_an_operator_can_let_owners_register_at_an_origin_inside(ann: User, settings: Settings) -> None:
    url = allow_inside(settings, "http://127.0.0.1:9000/v1")
    assert make_own_endpoint(ann, url).internal_allowed
    with pytest.raises(BadAddress):
        make_own_endpoint(ann, "http://127.0.0.1:9001/v1", name="other")


def test_a_name_that_somebody_else_has_gets_digits_and_an_own_one_is_refused(ann: User) -> None:
    first = make_own_endpoint(ann)
    with pytest.raises(EndpointConflict, match="You have an endpoint 'ann--lab' already"):
        make_own_endpoint(ann)
    twin = make_own_endpoint(make_user("ann."))
    assert twin.slug.startswith(f"{first.slug}-")
    assert len(twin.slug) == len(first.slug) + 7


def test_the_database_keeps_credentials_of_the_operator_from_endpoints_of_owners(ann: User) -> None:
    endpoint = make_own_endpoint(ann)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(credential="DEEPSEEK")
    with pytest.raises(EndpointConflict, match="belongs to ann"):
        register_endpoint(
            slug=endpoint.slug, model="deepseek-v3", provider="", protocol="openai-chat",
            base_url="https://other.example/v1", api_model="x", credential="DEEPSEEK",
        )  # fmt: skip


def test_members_of_an_organisation_see_its_endpoint_and_readers_do_not_change_it(
    ann: User, bob: User
) -> None:
    cat, stranger = make_user("cat"), make_user("dan")
    make_organisation("acme", owner=ann, submitter=bob, reader=cat)
    endpoint = make_own_endpoint(bob, owner="acme")
    assert endpoint.slug == "acme--lab"
    assert [own_endpoint(user, "acme--lab") for user in (ann, bob, cat)] == [endpoint] * 3
    assert own_endpoint(stranger, "acme--lab") is None
    assert not own_endpoints(stranger)
    for change in (
        lambda: change_own_endpoint(actor=cat, endpoint=endpoint, changes={"enabled": False}),
        lambda: share_own_endpoint(actor=cat, endpoint=endpoint, handles=["cat"]),
        lambda: delete_own_endpoint(actor=cat, endpoint=endpoint, now=NOW),
        lambda: make_own_endpoint(cat, owner="acme", name="more"),
    ):
        with pytest.raises(NotPermitted):
            change()


def test_a_stranger_cannot_tell_an_endpoint_of_others_from_a_missing_one(ann: User, bob: User) -> None:
    make_suite()
    pass_preflight(make_own_endpoint(ann))
    messages = []
    for slug in ("ann--lab", "ann--bal"):
        with pytest.raises(UnknownEndpoint) as refusal:
            submit(submitter=bob, endpoint=slug, suite="mini", now=NOW)
        messages.append(refusal.value.message.replace(slug, "…"))
        assert refusal.value.allowed == []
    assert messages[0] == messages[1]
    assert submit(submitter=ann, endpoint="ann--lab", suite="mini", now=NOW).endpoint.slug == "ann--lab"


def test_a_model_has_one_endpoint_for_who_may_use_only_one(ann: User, bob: User) -> None:
    make_suite()
    make_endpoint("deepseek-api", model=make_model())
    endpoint = make_own_endpoint(ann)
    pass_preflight(endpoint)
    assert submit(submitter=bob, model="deepseek-v3", suite="mini", now=NOW).endpoint.slug == "deepseek-api"
    with pytest.raises(AmbiguousModel) as refusal:
        submit(submitter=ann, model="deepseek-v3", suite="mini", now=NOW)
    assert refusal.value.allowed == ["ann--lab", "deepseek-api"]


def test_who_is_named_may_submit_until_the_owner_says_otherwise(ann: User, bob: User) -> None:
    make_suite()
    endpoint = make_own_endpoint(ann)
    pass_preflight(endpoint)
    with pytest.raises(UnknownOwner, match="no person or organisation 'nobody'"):
        share_own_endpoint(actor=ann, endpoint=endpoint, handles=["nobody"])
    share_own_endpoint(actor=ann, endpoint=endpoint, handles=["bob"])
    assert submit(submitter=bob, endpoint=endpoint.slug, suite="mini", now=NOW).owner == owner_of(bob)
    assert own_endpoint(bob, endpoint.slug) is None, "to use it is not to see its details"
    share_own_endpoint(actor=ann, endpoint=endpoint, handles=[])
    with pytest.raises(UnknownEndpoint):
        submit(submitter=bob, endpoint=endpoint.slug, suite="mini", now=NOW)
    event = AuditEvent.objects.filter(action="endpoint.share").latest("pk")
    assert (event.before, event.after) == ({"shared_with": ["bob"]}, {"shared_with": []})


def test_a_used_endpoint_is_disabled_and_an_unused_one_is_gone(ann: User) -> None:
    make_suite()
    used, unused = make_own_endpoint(ann), make_own_endpoint(ann, name="spare")
    pass_preflight(used)
    submit(submitter=ann, endpoint=used.slug, suite="mini", now=NOW)
    assert not delete_own_endpoint(actor=ann, endpoint=used, now=NOW)
    assert delete_own_endpoint(actor=ann, endpoint=unused, now=NOW)
    assert [(row.slug, row.enabled) for row in Endpoint.objects.all()] == [("ann--lab", False)]


def test_what_answers_depend_on_is_fixed_once_used_and_the_rest_changes(ann: User) -> None:
    make_suite()
    endpoint = make_own_endpoint(ann)
    endpoint = change_own_endpoint(actor=ann, endpoint=endpoint, changes={"api_model": "lab-2"})
    pass_preflight(endpoint)
    submit(submitter=ann, endpoint=endpoint.slug, suite="mini", now=NOW)
    with pytest.raises(EndpointConflict, match="api_model"):
        change_own_endpoint(actor=ann, endpoint=endpoint, changes={"api_model": "lab-3"})
    endpoint = change_own_endpoint(actor=ann, endpoint=endpoint, changes={"max_concurrency": 2})
    assert (endpoint.api_model, endpoint.max_concurrency) == ("lab-2", 2)
    with pytest.raises(ValueError, match="cannot change internal_allowed"):
        change_own_endpoint(actor=ann, endpoint=endpoint, changes={"internal_allowed": True})
