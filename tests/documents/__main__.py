"""Write the generated parts of the documents: `python -m tests.documents`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
django.setup()

from tests.documents.generated import BLOCKS, with_block  # noqa: E402 - they import models
from tests.documents.inventory import ROOT  # noqa: E402


def main() -> None:
    """Replace each generated block with what the code gives now."""
    for document, name, render in BLOCKS:
        path = ROOT / document
        path.write_text(with_block(path.read_text(), name, render()))


if __name__ == "__main__":
    main()
