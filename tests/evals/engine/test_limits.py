"""A call reserves the most tokens that it can take, and a lone process keeps to its calls at once."""

from __future__ import annotations

import asyncio

import pytest

from evals.engine.limits import LimitScope, LocalLimits, Permit, max_tokens, most_tokens, pause_s
from evals.engine.outcomes import POLICIES, Fault, Kind


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"max_tokens":10}', 10),
        (b'{"max_completion_tokens":123456789}', 123456789),
        (b'{"max_tokens":0}', 0),
        (b'{"prompt":"max_tokens"}', 256),
        (b"", 256),
    ],
)
def test_a_body_states_its_most_output_tokens_or_gets_those_of_lm_eval(body: bytes, tokens: int) -> None:
    assert max_tokens(body) == tokens


def test_three_characters_sent_count_as_a_token() -> None:
    assert [most_tokens(b"x" * length) for length in (0, 2, 3, 8, 9)] == [256, 256, 257, 258, 259]
    assert most_tokens(b'{"max_tokens":10}') == 17 // 3 + 10


@pytest.mark.parametrize("kind", Kind)
def test_only_a_kind_that_pauses_makes_everybody_wait(kind: Kind) -> None:
    assert pause_s(Fault(kind, "", retry_after_s=7.5)) == (7.5 if POLICIES[kind].pauses else 0.0)
    assert pause_s(Fault(kind, "")) == 0.0


def test_a_success_pauses_nobody() -> None:
    assert pause_s(None) == 0.0


def test_a_limit_by_the_minute_and_a_reservation_are_none_unless_stated() -> None:
    scope, permit = LimitScope("e", 4), Permit()
    assert (scope.requests_per_minute, scope.tokens_per_minute) == (0, 0)
    assert (permit.tokens, permit.second) == (0, 0)


@pytest.mark.parametrize("value", [LimitScope("e", 4), Permit()])
def test_scopes_and_permits_are_immutable(value: LimitScope | Permit) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[union-attr]
    assert not hasattr(value, "__dict__")


def test_a_lone_process_makes_as_many_calls_at_once_as_it_may() -> None:
    async def scenario() -> None:
        async with LocalLimits(max_concurrency=2) as limits:
            permits = [await limits.permit(b"") for _ in range(2)]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(limits.permit(b""), 0.02)
            limits.ended(permits[0], None, None)
            assert await asyncio.wait_for(limits.permit(b""), 1) == Permit()
            assert not limits.out_of_reach()

    asyncio.run(scenario())


def test_a_pause_is_waited_out_and_a_shorter_one_does_not_end_it() -> None:
    async def scenario() -> None:
        limits, loop = LocalLimits(max_concurrency=1), asyncio.get_running_loop()
        assert limits.paused_until == 0.0
        began = loop.time()
        limits.ended(await limits.permit(b""), Fault(Kind.RATE_LIMITED, "", retry_after_s=0.1), None)
        assert limits.paused_until == pytest.approx(began + 0.1, abs=0.05)
        until = limits.paused_until
        limits.ended(Permit(), Fault(Kind.RATE_LIMITED, "", retry_after_s=0.01), None)
        assert limits.paused_until == until
        await limits.permit(b"")
        assert loop.time() >= until

    asyncio.run(scenario())
