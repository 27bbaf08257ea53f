"""What is called and with which secret: nothing inside, nothing unproven, and no secret is kept."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from django.db import connection
from pytest_django.fixtures import Settings

from evals.models import RunState
from tests.evals.engine.provider import Provider, reply
from tests.evals.operations.running import called, planned

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_secret_is_sent_and_is_nowhere_else(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    secret = "a-very-secret-value-0815"
    settings.CREDENTIALS = {"LOCAL": secret}
    caplog.set_level(logging.DEBUG)

    async def parrots(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        header = request.headers["Authorization"]
        if body["messages"][-1]["content"].count("sum 3,"):
            return web.json_response({"error": {"message": f"bad key {header}"}}, status=401)
        return web.json_response(reply(request.path, body, text=f"{header} 7"))

    with Provider(behaviour=parrots) as provider:
        run = planned(provider, credential="LOCAL", max_concurrency=1)
        called(run)
        assert provider.headers[0]["Authorization"] == f"Bearer {secret}"
    assert (run.state, run.failure_code) == (RunState.FAILED, "credential_refused")
    assert secret not in run.failure_message
    assert secret not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in str(cursor.fetchall()), table


def test_an_endpoint_whose_credential_has_no_secret_is_not_called(settings: Settings) -> None:
    settings.CREDENTIALS = {}
    with Provider() as provider:
        run = planned(provider, credential="LOCAL")
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "credential_missing")
    assert "CREDENTIAL_LOCAL" in run.failure_message


def test_an_address_inside_that_nobody_vouched_for_is_not_called() -> None:
    with Provider() as provider:
        run = planned(provider, internal_allowed=False)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "address_refused")


def test_a_certificate_that_nobody_vouches_for_is_not_called_again(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with Provider(tls=tls) as provider:
        run = planned(provider, max_concurrency=1)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "certificate_refused")
