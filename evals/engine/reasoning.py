"""Tell reasoning from answer in a text, by the markers around it; notice markers that we do not know.

A server without the right reasoning parser leaves reasoning in the answer. It is removed before stop
sequences are applied, because reasoning may contain them. Reasoning that is not closed leaves no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Opening and closing markers as regular expressions.
TAGS = "think|thinking|thought|thoughts|reasoning|reason|reflection|seed:think|seed:cot_think|longcat_think"
TAGS += "|m_think|antthinking|internal_thought|inner_monologue|scratchpad|chain_of_thought|cot|deep_think"
OPENINGS = (
    rf"<(?:{TAGS})(?:\s[^<>]*)?>",
    r"\[(?:THINK|THINKING|THOUGHT|REASONING)\]",
    r"◁think▷",
    r"<\|(?:begin_of_thought|START_THINKING|thinking|think|thought_start|begin_of_thinking)\|>",
    r"<\|channel>\s*thought",
    r"<unused94>\s*thought",
    r"<\|im_start\|>think\b",
)
CLOSINGS = (
    rf"</(?:{TAGS})\s*>",
    r"\[/(?:THINK|THINKING|THOUGHT|REASONING)\]",
    r"◁/think▷",
    r"<\|(?:end_of_thought|END_THINKING|/thinking|/think|thought_end|end_of_thinking)\|>",
    r"<channel\|>",
    r"<unused95>",
    r"<\|im_start\|>answer\b",
)
# Markers that close reasoning only where it was opened with them: in other texts they are ordinary words.
PLAIN_WORDS = (
    (r"\s*(?:Here is|Here's) my thought process:", r"(?:Here is|Here's) my response:"),
    (r'\s*<details type="reasoning"[^<>]*>', r"</details>"),
    (r"\s*Thinking\.\.\.\n", r"\.\.\.done thinking\."),
    (r"\s*Here are my reasoning steps:", r"\[BEGIN FINAL RESPONSE\]"),
)
BEGINNINGS = frozenset("<[◁")  # a text without these has no marker but those of words
WORDS = ("Here", "Thinking")
OPENING = re.compile("|".join(OPENINGS), re.IGNORECASE)
CLOSING = re.compile("|".join(CLOSINGS), re.IGNORECASE)
# Harmony, gpt-oss's format: channels of which only `final` is the answer, with or without its special tokens.
# Possessive: a pattern that tries every length of a run of letters costs the square of its length.
CHANNEL = re.compile(r"<\|channel\|>\s*+(\w++)[^<]*+(?:<\|constrain\|>[^<]*+)?+<\|message\|>")
CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>")
BARE_ANALYSIS = re.compile(r"\s*analysis(?=[A-Z])")
BARE_FINAL = "assistantfinal"
# Special tokens in which a model wraps the answer that follows its reasoning.
WRAPPERS = re.compile(
    r"\s*(?:<\|(?:begin_of_solution|START_RESPONSE)\|>)?(.*?)"
    r"(?:<\|(?:end_of_solution|END_RESPONSE)\|>|\[END FINAL RESPONSE\]|$)\s*",
    re.DOTALL,
)
# Tags in which models without a prompt for them write it.
ANSWER_TAG = re.compile(
    r"\s*<(answer|output|response|solution)>(.*?)(?:</\1>\s*|$)", re.DOTALL | re.IGNORECASE
)
# What a text may begin with, or hold, and be an answer none the less.
ANSWER_TAGS = frozenset(
    """a abbr answer answers article b blockquote body br center choice code content div doc dt em explanation
    final final_answer function h1 h2 h3 h4 h5 h6 head header hr html i img input json kbd li link main math
    meta ol option output p page pre program q query result root s script section solution span sql strong
    style
    sub summary sup svg table tbody td text th thead title tr translation u ul url xml""".split()  # noqa: SIM905
)
TAG_AT_START = re.compile(r"\s*(?:<\|?([A-Za-z][\w:.\-]{1,39})\|?>|\[([A-Za-z]\w{2,30})\]|◁(\w{2,30})▷)")
CLOSING_TAG = re.compile(
    r"</([A-Za-z][\w:.\-]{1,39})>|\[/([A-Za-z]\w{2,30})\]|◁/(\w{2,30})▷|<\|/([A-Za-z]\w{1,39})\|>"
)
MOST_NAMES = 50  # of closing tags in a text
FENCE = re.compile(r"\s*```(\w*(?:think|thought|reason)\w*)", re.IGNORECASE)
LOOKS_LIKE_REASONING = re.compile(
    r"think|thought|reason|reflect|analy[sz]|scratch|monolog|ponder|delib|cot\b|plan|consider|rumina",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its reasoning; `closing` is the marker that ended it, empty if none was removed."""

    text: str
    closing: str = ""
    unclosed: bool = False

    @property
    def removed(self) -> bool:
        """Whether reasoning was removed."""
        return bool(self.closing) or self.unclosed


def strip_reasoning(text: str, *, own: Iterable[Sequence[str]] = (), prompt: str = "") -> Stripped:
    """Return a text without reasoning; `own` are additional pairs of an opening and a closing marker.

    The answer is what follows the last closing marker, as in lm-eval with `think_end_token`. If nothing
    follows it, the answer is what stands between reasoning.
    """
    if "<|channel|>" in text or BARE_ANALYSIS.match(text):
        return _of_channels(text)
    own = tuple(own)
    if not own and BEGINNINGS.isdisjoint(text) and not text.lstrip().startswith(WORDS):
        return Stripped(text)
    plain = [pair for pair in PLAIN_WORDS if re.match(pair[0], text)]
    pairs = [*plain, *((re.escape(begin), re.escape(end)) for begin, end in own)]
    opening, closing = (
        _with(OPENING, [begin for begin, _ in pairs]),
        _with(CLOSING, [end for _, end in pairs]),
    )
    ends = list(closing.finditer(text))
    if not ends:
        return _without_open_end(text, opening, "")
    rest, marker = text[ends[-1].end() :], ends[-1].group()
    if not rest.strip():
        rest = _between(text, opening, closing)
    stripped = _without_open_end(rest, opening, marker)
    return Stripped(_unwrapped(stripped.text, prompt).lstrip(), marker, stripped.unclosed)


def _with(pattern: re.Pattern[str], more: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join([*more, pattern.pattern]), re.IGNORECASE) if more else pattern


def _without_open_end(text: str, opening: re.Pattern[str], closing: str) -> Stripped:
    """Cut a text where reasoning begins that is not closed: at its start, or at the start of a line."""
    is_blank, at = True, 0  # whether the line is blank up to here
    for match in opening.finditer(text):
        _, newline, line = text[at : match.start()].rpartition("\n")
        is_blank = (is_blank or newline != "") and not line.strip()
        if is_blank:
            return Stripped(text[: match.start()].rstrip(), closing, unclosed=True)
        at = match.start()
    return Stripped(text, closing)


def _between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Return what is outside of reasoning; what precedes a marker that only closes is reasoning."""
    kept, at = "", 0
    for end in closing.finditer(text):
        begin = opening.search(text, at, end.start())
        kept += text[at : begin.start()] if begin else ""
        at = end.end()
    return kept + text[at:]


def _unwrapped(text: str, prompt: str) -> str:
    """Take an answer out of the special tokens, or the tags that nobody asked for, around it."""
    if (match := WRAPPERS.fullmatch(text)) and match.group(1).strip() != text.strip():
        text = match.group(1).strip()
    match = ANSWER_TAG.fullmatch(text)
    if match and f"<{match.group(1).lower()}" not in prompt.lower():
        return match.group(2).strip()
    return text


def _of_channels(text: str) -> Stripped:
    """Return the last `final` channel; a text without one has no answer yet."""
    if "<|channel|>" not in text:
        _, final, answer = text.rpartition(BARE_FINAL)
        return Stripped(answer, BARE_FINAL) if final else Stripped("", unclosed=True)
    last = None
    for match in CHANNEL.finditer(text):
        if match.group(1) == "final":
            last = match
    if last is None:
        return Stripped("", unclosed=True)
    return Stripped(CHANNEL_END.split(text[last.end() :], maxsplit=1)[0], last.group())


def unknown_marker(text: str, *, prompt: str = "", accepted: Iterable[str] = ()) -> str:
    """Return a marker of reasoning in a text that we do not know, or nothing.

    That is a tag at its start which is closed before more text follows, or whose name speaks of reasoning;
    or a tag that is closed and was never opened. Markup and tags that the prompt mentions are ignored.
    """
    if fence := FENCE.match(text):
        return "" if fence.group().strip() in tuple(accepted) else fence.group().strip()
    if BEGINNINGS.isdisjoint(text):
        return ""
    accepted = tuple(accepted)
    start = TAG_AT_START.match(text)
    if start and not _is_expected(name := _name(start), start.group(), prompt, accepted):
        end = next(
            (match for match in CLOSING_TAG.finditer(text) if _name(match).lower() == name.lower()), None
        )
        is_closed = end is not None and text[end.end() :].strip() != ""
        return start.group().strip() if is_closed or LOOKS_LIKE_REASONING.search(name) else ""
    return _never_opened(text, prompt, accepted)


def _never_opened(text: str, prompt: str, accepted: Sequence[str]) -> str:
    """Return the first closing tag before more text that nothing opens, or nothing.

    Of a name the first closing tag decides; of very many names the first ones.
    """
    seen: set[str] = set()
    last = len(text.rstrip())
    for end in CLOSING_TAG.finditer(text):
        name = _name(end)
        if name.lower() in seen:
            continue
        if len(seen) == MOST_NAMES:
            break
        seen.add(name.lower())
        opening = re.compile(rf"[<\[◁]\|?{re.escape(name)}\b", re.IGNORECASE)
        is_open = opening.search(text, 0, end.start()) is not None
        if not is_open and end.end() < last and not _is_expected(name, end.group(), prompt, accepted):
            return end.group()
    return ""


def _name(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _is_expected(name: str, marker: str, prompt: str, accepted: Sequence[str]) -> bool:
    in_prompt = re.search(rf"[<\[]/?{re.escape(name)}\b", prompt, re.IGNORECASE) is not None
    declared = any(name.lower() in other.lower() for other in accepted) or marker.strip() in accepted
    return in_prompt or declared or name.lower() in ANSWER_TAGS
