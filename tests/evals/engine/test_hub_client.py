"""The hub's client connects to public addresses only, and a task's data come from the hub or a folder."""

from __future__ import annotations

import socket
from typing import Any

import httpcore2
import pytest

from evals.engine.guard import AddressRefused
from evals.engine.hub import DatasetMissing, from_the_hub
from evals.engine.hub_client import GuardedConnector, guard_hub_client, guarded_client


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://localhost:9/", "http://2130706433/", "http://[::1]:9/"]
)
def test_the_hubs_client_connects_to_nothing_inside(url: str) -> None:
    with guarded_client() as client, pytest.raises(AddressRefused, match="not on the public internet"):
        client.get(url)


def test_a_host_is_connected_to_at_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("8.8.8.8", "1.1.1.1")
        ]

    def connect(self: Any, host: str, port: int, *_: Any) -> httpcore2.NetworkStream:
        connected.append(host)
        if host == "8.8.8.8":
            raise httpcore2.ConnectError("refused")
        return httpcore2.NetworkStream()

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    GuardedConnector().connect_tcp("hub.example.org", 443)
    assert connected == ["8.8.8.8", "1.1.1.1"]


def test_the_hub_is_given_the_guarded_client(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr("evals.engine.hub_client.set_client_factory", given.append)
    monkeypatch.setattr("evals.engine.hub_client.getproxies", dict)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "0")
    guard_hub_client.cache_clear()
    guard_hub_client()
    guard_hub_client.cache_clear()
    assert given == [guarded_client]


def test_a_hub_that_an_operator_runs_inside_is_vouched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr("evals.engine.hub_client.set_client_factory", given.append)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://mirror.lan")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "0")
    guard_hub_client.cache_clear()
    guard_hub_client()
    guard_hub_client.cache_clear()
    assert given == []


@pytest.mark.parametrize(
    "data_files",
    [
        "http://127.0.0.1/a.json",
        ["a.json", "https://example.org/b"],
        {"test": "s3://bucket/a"},
        {"test": ["ftp://a/b"]},
    ],
)
def test_a_task_loads_no_data_from_a_url(data_files: Any) -> None:
    load = from_the_hub(lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(DatasetMissing, match="data files come from the hub or a folder"):
        load("json", data_files=data_files)


def test_a_task_loads_data_of_its_folder() -> None:
    assert from_the_hub(lambda *_, **settings: settings)("json", data_files={"test": ["a.json"]})
