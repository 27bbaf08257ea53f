"""Data sets of the hub: read from its cache where no network is asked; one that lacks is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

OFFLINE = {"1", "ON", "YES", "TRUE"}


class DatasetMissing(ValueError):
    """A task's data set can neither be found on this machine nor be fetched."""


def is_offline() -> bool:
    """Tell whether the hub is left alone; an operator who wants to fetch sets HF_HUB_OFFLINE=0."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in OFFLINE


def from_the_hub(load_dataset: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `datasets.load_dataset` that reads the hub's cache when offline, and fails in one sentence.

    Offline, `datasets` looks only for tables that it has prepared itself, not for files that the hub's own
    client has fetched or somebody has copied.
    """

    @wraps(load_dataset)
    def load(path: str, name: str | None = None, **settings: Any) -> Any:
        _refuse_remote_files(path, settings.get("data_files"))
        if not _is_hub_name(path):
            return load_dataset(path, name, **settings)
        if not is_offline():
            from evals.engine.hub_client import guard_hub_client

            guard_hub_client()
        copy = local_copy(path, settings.get("revision")) if is_offline() else None
        if copy is not None:
            settings.pop("revision", None)
        try:
            return load_dataset(str(copy or path), name, **settings)
        except (OSError, ValueError, RuntimeError) as problem:
            raise DatasetMissing(_sentence(path, name, copy, problem)) from problem

    return load


def _refuse_remote_files(path: str, data_files: Any) -> None:
    """Refuse a task whose data are at any URL: only the hub's own addresses are fetched from."""
    match data_files:
        case str():
            files = [data_files]
        case Mapping():
            files = list(data_files.values())
        case _:
            files = list(data_files or ())
    for file in files:
        if isinstance(file, str) and "://" in file:
            raise DatasetMissing(
                f"The data set {path} is at {file}: data files come from the hub or a folder."
            )
        if not isinstance(file, str):
            _refuse_remote_files(path, file)


def local_copy(path: str, revision: str | None = None) -> Path | None:
    """Return the folder of a data set in the hub's cache, where it is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            path, repo_type="dataset", revision=revision, cache_dir=cache(), local_files_only=True
        )
    except LocalEntryNotFoundError:
        return None
    return Path(str(folder))


def cache() -> Path:
    """Return the folder of the hub's cache, as the hub's own client finds it."""
    home = os.environ.get("HF_HOME", "~/.cache/huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def _is_hub_name(path: str) -> bool:
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

    return path not in _PACKAGED_DATASETS_MODULES and path.count("/") <= 1 and not Path(path).exists()


def _sentence(path: str, name: str | None, copy: Path | None, problem: Exception) -> str:
    data_set = f"The data set {path}" + (f" ({name})" if name else "")
    if copy is not None:
        return f"{data_set} is on this machine, but cannot be read: {problem}"
    if is_offline():
        return (
            f"{data_set} is not on this machine, and the hub is not asked while HF_HUB_OFFLINE is set. "
            f"Fetch it with `hf download --repo-type dataset {path}`."
        )
    return f"{data_set} could not be fetched from the hub: {type(problem).__name__}: {problem}"
