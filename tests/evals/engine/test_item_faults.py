"""How many faults in a row affect every item, and when an answer shows that they do not."""

from __future__ import annotations

import asyncio

import pytest

from evals.engine.item_faults import ANSWERED_BEFORE, ItemFaults
from evals.engine.outcomes import POLICIES, Fault, Kind


async def _after(*kinds: Kind, answered_first: bool = False) -> ItemFaults:
    faults = ItemFaults()
    if answered_first:
        faults.answered()
    for kind in kinds:
        faults.add(Fault(kind, "No."), final=True)
    return faults


def after(*kinds: Kind, answered_first: bool = False) -> ItemFaults:
    return asyncio.run(_after(*kinds, answered_first=answered_first))


def test_unclear_faults_need_ten_in_a_row_and_more_once_an_item_was_answered() -> None:
    needed = POLICIES[Kind.BAD_REQUEST].evidence
    assert not after(*[Kind.BAD_REQUEST] * (needed - 1)).is_suspicious
    assert after(*[Kind.BAD_REQUEST] * needed).is_suspicious
    assert not after(*[Kind.BAD_REQUEST] * needed, answered_first=True).is_suspicious
    assert after(*[Kind.BAD_REQUEST] * needed * ANSWERED_BEFORE, answered_first=True).is_suspicious


def test_faults_that_are_clearly_of_an_item_need_many_more() -> None:
    assert not after(*[Kind.CONTENT_REFUSED] * 50).is_suspicious
    assert after(*[Kind.CONTENT_REFUSED] * 100).is_suspicious


def test_faults_of_different_kinds_do_not_add_up() -> None:
    assert not after(*[Kind.BAD_REQUEST, Kind.FORBIDDEN] * 9).is_suspicious


def test_an_answer_clears_the_suspicion_and_nothing_new_is_sent_before() -> None:
    faults = after(*[Kind.BAD_REQUEST] * 10)
    assert not faults.cleared.is_set()
    faults.answered()
    assert (faults.is_suspicious, faults.cleared.is_set()) == (False, True)


@pytest.mark.parametrize(("kind", "held"), [(Kind.TRUNCATED, True), (Kind.BAD_REQUEST, False)])
def test_generations_that_break_off_hold_a_run_and_other_faults_fail_it(kind: Kind, held: bool) -> None:
    failure = after(*[kind] * 10).failure()
    assert (failure.code, failure.held) == (kind.value, held)
    assert "every item" in failure.message
