"""Address and token: where they come from, and where the token never goes."""

from __future__ import annotations

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from lagline import AsyncClient, BadAddress, Client, KeyringUnavailable
from lagline.keyring_store import delete_login, store_login
from lagline.service import find_service, normalise

from tests.support import TOKEN, URL

OTHER = "https://other.example"


def test_arguments_go_before_the_environment_and_that_before_the_keyring() -> None:
    store_login(address=URL, token="from-keyring")
    environment = {"LAGLINE_URL": OTHER, "LAGLINE_TOKEN": "from-environment"}
    services = [
        find_service(URL, "given", environment=environment),
        find_service(URL, environment=environment),
        find_service(environment=environment),
        find_service(environment={}),
        find_service(URL, environment={}),
        find_service(URL, "", environment=environment),
    ]
    assert [(service.url, service.token) for service in services] == [
        (URL, "given"),
        (URL, "from-environment"),
        (OTHER, "from-environment"),
        (URL, "from-keyring"),
        (URL, "from-keyring"),
        (URL, ""),
    ]


def test_the_token_of_one_service_is_not_that_of_another() -> None:
    store_login(address=URL, token=TOKEN)
    assert find_service(OTHER, environment={}).token == ""
    assert find_service(f"{URL}:8443", environment={}).token == ""
    assert delete_login(address=URL)
    assert not delete_login(address=URL)
    assert find_service(URL, environment={}).token == ""


def test_without_an_address_the_error_says_how_to_give_one() -> None:
    with pytest.raises(BadAddress, match="LAGLINE_URL"):
        find_service(environment={})


def test_without_a_keyring_reading_works_and_a_login_is_refused() -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert find_service(URL, environment={}).token == ""
    with pytest.raises(KeyringUnavailable, match="LAGLINE_TOKEN"):
        store_login(address=URL, token=TOKEN)
    with pytest.raises(KeyringUnavailable):
        delete_login(address=URL)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (f"{URL}/", URL),
        (f" {URL}/api/v1/ ", URL),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://a.example/lagline/", "https://a.example/lagline"),
    ],
)
def test_addresses_may_end_as_they_are_copied(given: str, address: str) -> None:
    assert normalise(given) == address


@pytest.mark.parametrize(
    "address",
    [
        "lagline.example",
        "ftp://a",
        "https://",
        "https://a:port",
        "https://a?x",
        "https://a#x",
        "https://u:p@a",
        "x",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        normalise(address)


@pytest.mark.parametrize(
    "address", ["http://lagline.example", "http://192.0.2.1:8000", "http://localhost.evil"]
)
def test_a_token_is_not_sent_unencrypted_over_a_network(address: str) -> None:
    with pytest.raises(BadAddress, match="not encrypted"):
        find_service(address, TOKEN, environment={})
    assert find_service(address, "", environment={}).token == ""
    assert find_service(address, TOKEN, environment={"LAGLINE_ALLOW_HTTP": "1"}).token == TOKEN
    assert find_service(address, TOKEN, allow_http=True, environment={}).token == TOKEN


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://a.localhost"])
def test_this_machine_needs_no_encryption(address: str) -> None:
    assert find_service(address, TOKEN, environment={}).token == TOKEN


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_no_proxy_sees_what_is_sent_to_this_machine(
    monkeypatch: pytest.MonkeyPatch, kind: type[Client | AsyncClient]
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert not kind("http://127.0.0.1:8000", TOKEN)._http._mounts
    assert kind(URL, TOKEN)._http._mounts


@pytest.mark.parametrize("token", ["a b", "a\r\nx: y", "tökén", "a\0"])
def test_a_token_with_other_characters_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(BadAddress) as raised:
        find_service(URL, token, environment={})
    assert token not in str(raised.value)


def test_no_text_of_an_object_shows_the_token() -> None:
    client = Client(URL, TOKEN)
    shown = [repr(client), repr(AsyncClient(URL, TOKEN)), repr(find_service(URL, TOKEN, environment={}))]
    assert TOKEN not in " ".join([*shown, repr(client._access), str(client)])
    client.close()
