"""The web process never loads lm-eval."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, pkgutil, sys, importlib
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
import django
django.setup()
import leaderboard.urls, evals.operations, evals.engine
for package in (evals.operations, evals.engine):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name != "evals.engine.harness":
            importlib.import_module(module.name)
names = ("lm_eval", "datasets", "torch", "transformers", "reasoning_gym")
heavy = [name for name in names if name in sys.modules]
sys.exit(", ".join(heavy) or 0)
"""


def test_the_pages_the_operations_and_the_engine_are_imported_without_lm_eval() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
