"""Work an item's answer out from its text alone, by other means than those that made it."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction

import numpy as np

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
ISO = r"\d{4}-\d{2}-\d{2}"
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "seventh": 6}
ORDINALS |= {"eighth": 7, "last": -1}


def arithmetic(question: str) -> str:
    """Evaluate the expression."""
    if match := re.search(r"when (\d+) is divided by (\d+)", question):
        return str(int(match[1]) % int(match[2]))
    expression = re.sub(r"(\d+)", r"Fraction(\1)", question.removeprefix("What is ").removesuffix("?"))
    return str(eval(expression, {"Fraction": Fraction}))


def _iso_days(question: str) -> list[date]:
    return [date.fromisoformat(day) for day in re.findall(ISO, question)]


def _worded_day(question: str) -> date:
    for pattern, form in (
        (r"\d{1,2} [A-Z][a-z]+ \d{4}", "%d %B %Y"),
        (r"[A-Z][a-z]+ \d{1,2}, \d{4}", "%B %d, %Y"),
        (r"\d{2}/\d{2}/\d{4}", "%m/%d/%Y"),
    ):
        if match := re.search(pattern, question):
            return datetime.strptime(match[0], form).date()  # noqa: DTZ007
    raise AssertionError(f"no day in {question!r}")


def _nth_weekday(question: str) -> str:
    match = re.search(r"(first|second|third|fourth|last) (\w+day)", question)
    month = re.search(r"(?:of|in|In) ([A-Z][a-z]+ \d{4})", question)
    assert match
    assert month
    first = datetime.strptime(month[1], "%B %Y").date()  # noqa: DTZ007
    days = [first + timedelta(days=n) for n in range(31)]
    matching = [d for d in days if d.month == first.month and WEEKDAYS[d.weekday()] == match[2]]
    return str(matching[ORDINALS[match[1]]].day)


def _span(question: str) -> str:
    """Solve the questions that name two dates."""
    start, end = _iso_days(question)
    if "business" in question:
        return str(np.busday_count(start, end + timedelta(days=1)))
    return str((end - start).days)


def _days_away(question: str) -> str:
    """Solve the questions that name one ISO date and a distance."""
    match = re.search(r"(\d+) days (after|before)", question)
    assert match
    distance = timedelta(days=int(match[1]))
    (start,) = _iso_days(question)
    return (start + distance if match[2] == "after" else start - distance).isoformat()


def _weekday(question: str) -> str:
    """Solve the questions whose answer is a weekday."""
    step = re.search(r"right (after|before) (\w+day)|Today is (\w+day)\..* in (\d+) days", question)
    if step and step[2]:
        return WEEKDAYS[(WEEKDAYS.index(step[2]) + (1 if step[1] == "after" else -1)) % 7]
    if step:
        return WEEKDAYS[(WEEKDAYS.index(step[3]) + int(step[4])) % 7]
    day = _worded_day(question)
    if offset := re.search(r"(\d+)(?: days|-day)", question):
        back = re.search(r"ago|before|backward", question)
        day += timedelta(days=int(offset[1]) * (-1 if back else 1))
    return WEEKDAYS[day.weekday()]


def dates(question: str) -> str:
    """Sort the question out by what it names."""
    if "written as" in question:
        return _worded_day(question).isoformat()
    if "In which year" in question:
        return str(_worded_day(question).year)
    if match := re.search(r"days does (\w+ \d{4}) have", question):
        first = datetime.strptime(match[1], "%B %Y").date()  # noqa: DTZ007
        return str(((first + timedelta(days=31)).replace(day=1) - first).days)
    if "of the month" in question or "day of the event" in question:
        return _nth_weekday(question)
    named = len(_iso_days(question))
    return _span(question) if named == 2 else _days_away(question) if named == 1 else _weekday(question)


def _counting(question: str) -> str:
    match = re.search(r'"(\w)" appear in (?:the text: )?"([^"]+)"', question)
    assert match
    return str(Counter(match[2].lower())[match[1]])


def _on_quoted(question: str, text: str) -> str:
    """Solve the questions about one quoted text."""
    if match := re.search(r"the (\w+) (letter|word) of", question):
        parts: list[str] = list(text) if match[2] == "letter" else text.split()
        return parts[ORDINALS[match[1]]]
    if match := re.search(r"(\d+) places forward", question):
        return "".join(chr((ord(c) - 97 + int(match[1])) % 26 + 97) for c in text)
    if "How many letters" in question:
        return str(len(text))
    if "without the letters" in question:
        return re.sub("[aeiou]", "", text)
    if "Sort the letters" in question:
        return "".join(sorted(text))
    assert "backwards" in question
    return "".join(reversed(text))


def _on_list(question: str) -> str:
    """Solve the questions about words after a colon."""
    words: list[str] = re.findall(r"\w+", question.split(": ")[1])
    if "longest" in question:
        return sorted(words, key=len)[-1]
    return "".join(w[0] for w in words) if "first letters" in question else sorted(words)[1]


def strings(question: str) -> str:
    """Sort the question out by what it quotes or lists."""
    if "appear in" in question:
        return _counting(question)
    quoted = re.search(r'"([^"]+)"', question)
    return _on_quoted(question, quoted[1]) if quoted else _on_list(question)


def _rows(lines: list[str]) -> list[dict[str, str]]:
    header = lines[0].split(" | ")
    return [dict(zip(header, line.split(" | "), strict=True)) for line in lines[1:]]


def _on_column(ask: str, rows: list[dict[str, str]], column: str) -> str:
    """Solve the questions about a whole number column."""
    ranked = sorted(rows, key=lambda row: int(row[column]))
    numbers = [int(row[column]) for row in ranked]
    if match := re.search(r"Who has (the highest|the lowest|the third highest|\d+)", ask):
        place = {"the highest": -1, "the lowest": 0, "the third highest": -3}.get(match[1])
        chosen = ranked[numbers.index(int(match[1])) if place is None else place]
        return chosen["Name"]
    if match := re.search(r"more than (\d+)", ask):
        return str(len([n for n in numbers if n > int(match[1])]))
    return str(numbers[-1] - numbers[0] if "difference" in ask else sum(numbers))


def tables(question: str) -> str:
    """Read the table back, and answer from it."""
    _, *lines, ask = question.split("\n")
    rows = _rows(lines)
    if "whole stock" in ask:
        return str(sum(int(row["Price"]) * int(row["Stock"]) for row in rows))
    by_name = {row["Name"]: row for row in rows}
    if match := re.search(r"In which city is (\w+)", ask):
        return by_name[match[1]]["City"]
    if match := re.search(r"under (\w+) for (\w+)", ask):
        return by_name[match[2]][match[1]]
    if match := re.search(r"How many more Points does (\w+) have than (\w+)", ask):
        return str(int(by_name[match[1]]["Points"]) - int(by_name[match[2]]["Points"]))
    column = re.search(r"Age|Points|Games", ask)
    city = re.search(r"people in (\w+)\?", ask)
    assert column
    return _on_column(ask, [r for r in rows if not city or r["City"] == city[1]], column[0])


# One line for each way in which a word problem is told: its pattern, and what its numbers come to.
WORD_PROBLEMS: tuple[tuple[str, Callable[..., int]], ...] = (
    (r"has (\d+) .* buys (\d+) more and gives away (\d+)", lambda a, b, c: a + b - c),
    (r"has (\d+) .* has (\d+) more than", lambda a, b: a + a + b),
    (r"packs (\d+) crates with (\d+) .* keeps (\d+)", lambda a, b, c: a * b + c),
    (r"^(\d+) friends share (\d+) .* eats (\d+)", lambda a, b, c: b // a - c),
    (r"buys (\d+) \w+ at (\d+) .* pays with (\d+)", lambda a, b, c: c - a * b),
    (r"buys (\d+) \w+ at (\d+) .* and (\d+) \w+ at (\d+)", lambda a, b, c, d: a * b + c * d),
    (r"at (\d+) dollars each\. \w+ buys (\d+) and gets (\d+)", lambda a, b, c: round(a * b * (1 - c / 100))),
    (r"earns (\d+) .* spends (\d+) .* in (\d+) weeks", lambda a, b, c: a * c - b * c),
    (r"has (\d+) rows of (\d+) .* for (\d+) people", lambda a, b, c: (a * b + c - 1) // c),
    (
        r"makes (\d+) .* another (\d+) .* in (\d+) hours and (\d+)",
        lambda a, b, c, d: a * (60 * c + d) + b * (60 * c + d),
    ),
    (r"picks (\d+) \w+ and (\d+) .* boxes of (\d+)", lambda a, b, c: (a % c + b % c) % c),
)


def word_problems(question: str) -> str:
    """Take the numbers out of the one pattern that fits."""
    fits = [(re.search(pattern, question), work) for pattern, work in WORD_PROBLEMS]
    ((match, work),) = [(match, work) for match, work in fits if match]
    return str(work(*map(int, match.groups())))


SOLVERS: dict[str, Callable[[str], str]] = {
    "arithmetic": arithmetic,
    "dates": dates,
    "strings": strings,
    "tables": tables,
    "word_problems": word_problems,
}
