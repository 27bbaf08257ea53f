"""Proposals of models that a test needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User

from evals.models import ModelProposal
from evals.operations.proposals.facts import ProposedFacts
from evals.operations.proposals.lifecycle import propose_model
from tests.support.record import NOW, make_model, make_user

SOURCE = "https://alpha.example/blog/alpha-9"


def proposed_facts(**changes: Any) -> ProposedFacts:
    """Return valid facts of a model by a developer on record."""
    values: dict[str, Any] = {
        "name": "Alpha 9",
        "developer": "deepseek",
        "openness": "open",
        "released_on": date(2026, 11, 1),
        "sources": [SOURCE],
    }
    if "new_developer" in changes:
        values["developer"] = ""
    return ProposedFacts(**values | changes)


def make_proposal(
    *,
    proposer: User | None = None,
    now: datetime = NOW,
    is_another: bool = True,
    owner: str = "",
    **facts: Any,
) -> ModelProposal:
    """Propose a model of a developer on record, or of a new one."""
    make_model()
    return propose_model(
        proposer=proposer or make_user("ann", role="submitter"),
        facts=proposed_facts(**facts),
        owner=owner,
        is_another=is_another,
        now=now,
    )
