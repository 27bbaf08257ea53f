"""How an answer's text is read before it is scored: our own cuts, versioned and counted.

Reasoning is never scored: it is removed first, whatever the mode. Then the text is cut at the first stop
sequence that was sent. lm-eval trusts the provider to obey `stop`: with one that obeys, the cut changes
nothing and the score is lm-eval's to the last digit. Both are counted on the run, so that a reader sees where
a score is not that of a bare `lm_eval run`. `AS_IT_CAME` leaves the stop sequences to the provider.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evals.engine.capabilities import Capabilities
from evals.engine.protocols.protocol import PLAIN
from evals.engine.reasoning import strip_reasoning, unknown_marker

READING_VERSION = 2
THINK_END = "</think>"


class ReadingMode(StrEnum):
    """Whether texts are cut at stop sequences."""

    CUT = "cut"
    AS_IT_CAME = "as_it_came"


@dataclass(frozen=True, slots=True)
class CutText:
    """A text as it is scored, and what was removed from it.

    `reasoning_end` is the marker that ended removed reasoning; `unknown_marker` one that may begin reasoning.
    """

    text: str
    think_removed: bool = False
    unclosed: bool = False
    stop_cut: bool = False
    reasoning_end: str = ""
    unknown_marker: str = ""


def read(
    text: str,
    *,
    stops: Iterable[str],
    prompt: str = "",
    can: Capabilities = PLAIN,
    mode: ReadingMode = ReadingMode.CUT,
) -> CutText:
    """Read an answer's text under the stop sequences that were sent."""
    stripped = strip_reasoning(text, own=can.reasoning_markers, prompt=prompt)
    cut = stripped.text
    for stop in stops if mode is ReadingMode.CUT else ():
        cut = cut.split(stop, 1)[0] if stop else cut
    return CutText(
        text=cut,
        think_removed=stripped.removed,
        unclosed=stripped.unclosed,
        stop_cut=cut != stripped.text,
        reasoning_end=stripped.closing,
        unknown_marker=unknown_marker(stripped.text, prompt=prompt, accepted=can.answer_markers),
    )
