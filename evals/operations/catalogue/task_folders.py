"""The folders of task files: beside our suites, in lm-eval's tree, in a monthly edition, or elsewhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from django.conf import settings

from evals.models.fresh import FRESH

LM_EVAL = "lm_eval/"  # prefix of the stored folder of a task that lm-eval ships


def task_folder_path(folder: str) -> Path:
    """Return the path on this machine of a task's stored folder."""
    if folder.startswith(LM_EVAL):
        return lm_eval_tasks() / folder.removeprefix(LM_EVAL)
    if folder.startswith(FRESH):
        return Path(settings.DATA_DIR, folder)
    return Path(settings.BASE_DIR, "evals", "suites", folder)


def portable_task_folder(folder: Path) -> str:
    """Return the stored form of a folder: its name if it is beside our suites, otherwise its path."""
    path, fresh = folder.resolve(), Path(settings.DATA_DIR, FRESH).resolve()
    if path.is_relative_to(fresh):
        return f"{FRESH}{path.relative_to(fresh)}"
    return path.name if path.parent == settings.BASE_DIR / "evals" / "suites" else str(path)


def lm_eval_tasks() -> Path:
    """Return the folder of lm-eval's own tasks, without importing lm-eval."""
    spec = importlib.util.find_spec("lm_eval")
    assert spec is not None, "lm-eval is among the requirements"
    assert spec.submodule_search_locations, "lm-eval is a package"
    return Path(spec.submodule_search_locations[0]) / "tasks"
