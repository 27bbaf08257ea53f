"""Read pages as text without markup."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client


def page(address: str, *, status: int = 200, by_script: bool = False) -> str:
    """Return the markup of a page."""
    answer = Client().get(address, headers={"HX-Request": "true"} if by_script else None)
    assert answer.status_code == status, f"{address} answers {answer.status_code}"
    return answer.content.decode()


def words(markup: str) -> str:
    """Return the text of markup, with single spaces."""
    seen = re.sub(r"<script\b.*?</script>", " ", markup, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", seen)).split())


def read(address: str, *, status: int = 200) -> str:
    """Return the text of a page."""
    return words(page(address, status=status))
