"""Tokens to money, at one price; what a call may cost at most is known before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from evals.engine.limits import CHARACTERS_PER_TOKEN, max_tokens
from evals.engine.requests import Usage

MILLION = Decimal(1_000_000)
CENT_FRACTION = Decimal("0.00000001")  # what the record's columns keep


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """Dollars for a million tokens; cached input costs as much as other input unless it is told."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal | None = None


def cost_usd(usage: Usage, price: TokenPrice) -> Decimal | None:
    """Return what a call cost; None where the provider did not count its tokens.

    Cached tokens are part of the input and reasoning tokens part of the output, as providers count them.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    cached = min(usage.cached_tokens or 0, usage.input_tokens)
    cached_price = price.cached_input_usd_per_mtok
    paid = (usage.input_tokens - cached) * price.input_usd_per_mtok
    paid += cached * (price.input_usd_per_mtok if cached_price is None else cached_price)
    paid += usage.output_tokens * price.output_usd_per_mtok
    return (paid / MILLION).quantize(CENT_FRACTION, ROUND_UP)


def most_usd(body: bytes, price: TokenPrice) -> Decimal:
    """Return the most that a call may cost: all that is sent, and all that may come back."""
    sent = Decimal(len(body) // CHARACTERS_PER_TOKEN + 1)
    paid = sent * price.input_usd_per_mtok + max_tokens(body) * price.output_usd_per_mtok
    return (paid / MILLION).quantize(CENT_FRACTION, ROUND_UP)
