"""An endpoint is registered with an address that may be called and a credential that is only named."""

from __future__ import annotations

from typing import Any

import pytest

from evals.engine.protocols import PROTOCOLS
from evals.models import Endpoint
from evals.operations.endpoints.registration import (
    BadAddress,
    BadCredentialName,
    EndpointConflict,
    UnknownModel,
    UnknownProtocol,
    allowed_address,
    register_endpoint,
)
from evals.operations.refusals import Refused
from tests.support.record import make_model, make_submission

GIVEN: dict[str, Any] = {
    "slug": "deepseek-api",
    "model": "deepseek-v3",
    "provider": "",
    "protocol": "openai-chat",
    "base_url": "https://api.example.com/v1/",
    "api_model": "deepseek-chat",
}


@pytest.mark.django_db
def test_an_endpoint_is_put_on_record_and_changed_by_its_slug() -> None:
    make_model()
    endpoint = register_endpoint(**GIVEN, credential="DEEPSEEK", max_concurrency=4)
    assert (endpoint.base_url, endpoint.provider) == ("https://api.example.com/v1", "api.example.com")
    assert register_endpoint(**GIVEN, requests_per_minute=60).pk == endpoint.pk
    again = Endpoint.objects.get()
    assert (again.credential, again.max_concurrency, again.requests_per_minute) == ("", 8, 60)


@pytest.mark.django_db
def test_what_answers_depend_on_is_fixed_once_the_endpoint_was_used() -> None:
    make_model()
    endpoint = register_endpoint(**GIVEN)
    assert register_endpoint(**GIVEN | {"api_model": "deepseek-v3-0324"}).api_model == "deepseek-v3-0324"
    make_submission(endpoint=endpoint)
    with pytest.raises(EndpointConflict, match="has submissions, so its api_model, simulated cannot change"):
        register_endpoint(**GIVEN, simulated=True)
    register_endpoint(**GIVEN | {"api_model": "deepseek-v3-0324", "base_url": "https://other.example.com/v1"})
    assert Endpoint.objects.get().base_url == "https://other.example.com/v1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "refusal", "sentence"),
    [
        ({"model": "deepseek-v4"}, UnknownModel, "no model 'deepseek-v4'. On record: deepseek-v3."),
        (
            {"protocol": "grpc"},
            UnknownProtocol,
            f"no protocol 'grpc'. Known: {', '.join(sorted(PROTOCOLS))}.",
        ),
        ({"slug": "Deep Seek"}, Refused, "slug: Enter a valid"),
        ({"api_model": ""}, Refused, "api_model: This field cannot be blank."),
        (
            {"max_concurrency": -1},
            Refused,
            "max_concurrency: Ensure this value is greater than or equal to 0",
        ),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(
    changed: dict[str, Any], refusal: type[Refused], sentence: str
) -> None:
    make_model()
    with pytest.raises(refusal) as refused:
        register_endpoint(**GIVEN | changed)
    assert sentence in refused.value.message
    assert not Endpoint.objects.exists()


@pytest.mark.django_db
def test_a_secret_given_as_credential_is_refused_and_not_repeated() -> None:
    make_model()
    with pytest.raises(BadCredentialName) as refused:
        register_endpoint(**GIVEN, credential="sk-0123456789abcdef")
    assert "CREDENTIAL_DEEPSEEK" in refused.value.message
    assert "sk-0123" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://api.example.com/v1", "starts with 'http'; it must start with https://"),
        ("api.example.com/v1", "starts with no scheme"),
        ("ftp://api.example.com", "starts with 'ftp'"),
        ("https://key:secret@api.example.com/v1", "holds a user name or a password"),
        ("https://key@api.example.com/v1", "holds a user name or a password"),
        ("https://api.example.com/v1?key=secret", "has a query or a fragment"),
        ("https:///v1", "names no host"),
        ("https://api.example.com:99999/v1", "cannot be read"),
        ("https://exa mple.com/v1", "names no host"),
        ("https://localhost:8080/v1", "points inside our own network"),
        ("https://127.0.0.1/v1", "points inside our own network"),
        ("https://127.1/v1", "points inside our own network"),
        ("https://2130706433/v1", "points inside our own network"),
        ("https://0x7f000001/v1", "points inside our own network"),
        ("https://10.0.0.8/v1", "points inside our own network"),
        ("https://169.254.169.254/latest", "points inside our own network"),
        ("https://[::1]:8080/v1", "points inside our own network"),
        ("https://[::ffff:10.0.0.1]/v1", "points inside our own network"),
        ("https://metadata.internal/v1", "points inside our own network"),
        ("https://localhost./v1", "points inside our own network"),
        ("https://１27.0.0.1/v1", "points inside our own network"),
        ("https://0177.0.0.1/v1", "points inside our own network"),
        ("https://[64:ff9b::7f00:1]/v1", "points inside our own network"),
        ("https://[2002:7f00:1::]/v1", "points inside our own network"),
        ("https://api.example.com/v1\r\nHost: localhost", "contains a control character"),
    ],
)
def test_an_address_that_must_not_be_called_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(BadAddress) as refused:
        allowed_address(url, internal_allowed=False)
    assert sentence in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8101/v1", "http://localhost:8101/v1", "https://10.0.0.8/v1"]
)
def test_an_operator_can_vouch_for_an_address_inside(url: str) -> None:
    assert allowed_address(url, internal_allowed=True) == url


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/v1", "https://[2606:4700::1111]/v1", "https://api.deepseek.com"]
)
def test_a_public_address_is_allowed(url: str) -> None:
    assert allowed_address(url, internal_allowed=False) == url
