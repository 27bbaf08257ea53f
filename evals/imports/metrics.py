"""Classify metrics by name: which can be a benchmark's score, and which cannot."""

from __future__ import annotations

import re
from functools import lru_cache

OTHER_KINDS = {
    "a cost": r"cost|usd|dollars?|price|spend",
    "a duration": (
        r"latency|duration|runtime|wall ?time|elapsed|(milli)?seconds|ms|(time|ms) (to|per)|throughput|speed"
    ),
    "a number of tokens": r"tokens?",
    "an error rate": r"error rates?|wer|cer|ter|hallucination rate|failure rate|toxicity",
    "an error": (
        r"rmse|mae|mse|brier( score)?|calibration( error)?|ece|loss|(word |byte )?perplexity|bits per byte"
    ),
    "a rank": r"rank(ing)?",
    "a count": r"(num|number of|n|total) (samples|errors|items|tasks|turns|steps|attempts)|count",
    "a standard error": r"std(err|dev)?|stderr|standard (error|deviation)|variance|(confidence|ci) .*",
}
"""Kinds of figures that are never a score, each with a pattern of its names."""
FAMILIES = {
    "share correct": (
        r"((semi private|average|overall|mean|multiple choice|quasi) )?"
        r"(acc(uracy)?|exact match|em|correct|score)( norm)?|prompt level strict acc(uracy)?"
        r"|pass (at )?1|pass rate|percent correct|resolved|resolve rate|success rate|solving rate"
    ),
    "F1": r"(macro |micro |token )?f1( (macro|micro|score))?",
    "BLEU or ROUGE": r"(sacre)?bleu( \d)?|rouge( ?[\dl](sum)?)?|chrf( \w+)?|meteor",
    "pass in several tries": r"(pass|cons|maj|best) ?(at |of )?([2-9]|\d\d+|k)",
    "rating": r"elo( rating)?|rating|arena score|bradley terry.*",
    "win rate": r"win ?rate|wins against experts",
}
"""Families of metrics whose figures cannot be compared, each with a pattern of its names."""
SCORE_WORDS = re.compile(r"\b(acc(uracy)?|correct|resolved|exact match|pass|success|solved?|average score)\b")
SCORERS = re.compile(
    r"choice|match|includes?|pattern|answer|exact|f1|model graded (qa|fact)|verify|(\w+ )*scorer"
    r"|(exact |quasi |prefix )*match|acc(uracy)?( norm)?|em|score|mean|average|overall|total|default"
    r"|pass (at )?\d+"
)
"""Names of scorers and metrics, which do not identify a dataset."""


@lru_cache(maxsize=2**12)
def words_of(name: str) -> str:
    """Return a name in small letters with single spaces for punctuation."""
    spaced = re.sub(r"[\W_]+", " ", name.casefold()).strip()
    return re.sub(r"\bpass at (\d)", r"pass \1", spaced)


def other_kind(*names: str) -> str:
    """Return which kind of figure that is never a score a metric's names say it is, empty if none does.

    A name with a word for scores, such as "accuracy at 16k tokens", is a score's.
    """
    words = [spaced for name in names if (spaced := words_of(name)) and not SCORE_WORDS.search(spaced)]
    return next((kind for kind, pattern in _OTHER.items() if any(map(pattern.search, words))), "")


@lru_cache(maxsize=2**12)
def family(name: str) -> str:
    """Return the family of a metric, empty if its name belongs to none."""
    words = words_of(name)
    return next((label for label, pattern in _FAMILIES.items() if pattern.fullmatch(words)), "")


def is_scorer(name: str) -> bool:
    """Return whether a name is that of a scorer or a metric."""
    return bool(SCORERS.fullmatch(words_of(name)))


_OTHER = {kind: re.compile(rf"\b({pattern})\b") for kind, pattern in OTHER_KINDS.items()}
_FAMILIES = {label: re.compile(pattern) for label, pattern in FAMILIES.items()}
