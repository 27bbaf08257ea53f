"""Who uses the API: the account of each role, and what its token may be used for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ANONYMOUS = "anonymous"
Values = dict[str, list[Any]]
"""Known values of parameters, by the name of the parameter or of the object that it names."""


@dataclass(frozen=True)
class Role:
    """An account's role in the service, and the scopes of its token."""

    role: str = ""
    scopes: tuple[str, ...] = ("read", "submit", "manage")


ROLES = {
    "reader": Role(scopes=("read",)),
    "submitter": Role("submitter", ("read", "submit")),
    "auditor": Role("auditor"),
    "operator": Role("operator"),
    "owner": Role("submitter"),  # of most rows; it deletes them, so it comes last
}
