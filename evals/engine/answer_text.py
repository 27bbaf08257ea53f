"""How an answer's text is read before it is scored: our own cuts, versioned, and counted where they cut.

lm-eval does not cut: it trusts the provider to obey `stop`, and scores whatever comes. With a provider that
obeys, no answer holds a stop that was sent, so the cut changes nothing and the score is lm-eval's to the last
digit. Where a provider ignored `stop`, the text is cut at the first stop that was sent, as the model's own
server should have done; and a leading think block that the server left in a chat's content is taken off, as
lm-eval does under `think_end_token=</think>`. Both are counted on the run, so that a reader sees where the
score is not that of a bare `lm_eval run`. `AS_IT_CAME` turns them off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

READING_VERSION = 1
THINK, THINK_END = "<think>", "</think>"


class ReadingMode(StrEnum):
    """Whether our own cuts are made."""

    CUT = "cut"
    AS_IT_CAME = "as_it_came"


@dataclass(frozen=True, slots=True)
class CutText:
    """A text as it is scored, and what was taken off it."""

    text: str
    think_removed: bool = False
    stop_cut: bool = False


def read(text: str, *, stops: Iterable[str], chat: bool) -> CutText:
    """Read an answer's text under the stops that were sent."""
    thought = chat and text.lstrip().startswith(THINK) and THINK_END in text
    kept = text.split(THINK_END)[-1].lstrip() if thought else text
    cut = kept
    for stop in stops:
        cut = cut.split(stop, 1)[0] if stop else cut
    return CutText(text=cut, think_removed=thought, stop_cut=cut != kept)
