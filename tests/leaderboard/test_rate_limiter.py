"""An allowance can be spent at once and refills steadily; the memory for clients is bounded."""

from __future__ import annotations

import re

import pytest

from leaderboard.rate_limiter import Allowance, Balance, Rate, RateLimiter

RATE = Rate(60, 60)


def spend(limiter: RateLimiter, *clients: str, cost: int = 1, now: float = 0.0) -> list[Balance]:
    return limiter.spend([Allowance("address", client, RATE) for client in clients], cost=cost, now=now)


def test_an_allowance_can_be_spent_at_once_and_refills_steadily() -> None:
    limiter = RateLimiter(10)
    assert [spend(limiter, "a")[0].remaining for _ in range(60)] == list(range(59, -1, -1))
    refused = spend(limiter, "a")[0]
    assert refused.remaining == 0
    assert refused.full_in_s == pytest.approx(60.0)
    assert refused.wait_s == pytest.approx(1.0)
    assert spend(limiter, "a", now=0.9)[0].wait_s == pytest.approx(0.1)
    assert [spend(limiter, "a", now=10.0)[0].wait_s for _ in range(10)] == [0.0] * 10
    assert spend(limiter, "a", now=10.0)[0].wait_s == pytest.approx(1.0)
    assert spend(limiter, "a", now=1000.0)[0].remaining == 59


def test_a_refused_request_costs_nothing() -> None:
    limiter = RateLimiter(10)
    spend(limiter, "a", cost=58)
    assert [spend(limiter, "a", cost=5)[0].wait_s for _ in range(9)] == [pytest.approx(3.0)] * 9
    assert spend(limiter, "a", cost=2)[0].wait_s == 0


def test_a_request_that_one_allowance_refuses_spends_from_no_other() -> None:
    limiter = RateLimiter(10)
    spend(limiter, "network", cost=60)
    for _ in range(5):
        address, network = spend(limiter, "address", "network")
        assert (address.remaining, address.wait_s, network.wait_s > 0) == (60, 0.0, True)


def test_a_cost_beyond_the_whole_allowance_takes_all_of_it() -> None:
    limiter = RateLimiter(10)
    assert spend(limiter, "a", cost=1000)[0] == Balance(Allowance("address", "a", RATE), 0, 60.0, 0.0)
    assert spend(limiter, "a")[0].wait_s > 0


def test_a_flood_of_addresses_takes_bounded_memory_and_frees_nobody_who_still_reads() -> None:
    limiter = RateLimiter(100)
    spend(limiter, "network", cost=60)
    for i in range(5000):
        spend(limiter, f"10.0.{i // 256}.{i % 256}")
        if i % 50 == 0:
            spend(limiter, "network", cost=0)
        assert len(limiter) <= 100
    assert spend(limiter, "network")[0].wait_s > 0


@pytest.mark.parametrize("text", ["", "0/min", "60", "60/week", "-1/min", "1.5/min", "60/min ", "6e9/sec"])
def test_a_text_that_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Rate.from_text(text)


def test_a_rate_is_read_from_its_text() -> None:
    assert Rate.from_text("1800/min") == Rate(1800, 60)
    assert Rate.from_text("5/sec").times(4) == Rate(20, 1)
