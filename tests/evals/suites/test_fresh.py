"""The items of lagline-fresh are what their seed gives, in any process, and their answers are right."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.suites.fresh import edition
from evals.suites.fresh.recipe import TASKS
from evals.suites.kinds import chinese

MONTH, SEED = "2026-11", "5eed"
Item = dict[str, Any]


@pytest.fixture(scope="module")
def edition_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a month's files once."""
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "hash").write_text(edition.write_edition(folder, month=MONTH, seed=SEED))
    return folder


@pytest.fixture(scope="module")
def items(edition_folder: Path) -> list[Item]:
    paths = [edition_folder / "lagline-fresh" / f"{task}.jsonl" for task in TASKS]
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def task_code(edition_folder: Path) -> Any:
    """Load the program of the task files, as lm-eval does."""
    spec = importlib.util.spec_from_file_location(
        "code", edition_folder / "lagline-fresh" / "lagline_fresh_items.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_another_process_makes_the_same_bytes_from_the_seed(edition_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evals.suites.fresh.edition", MONTH, SEED, str(tmp_path)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "77"}
    )
    printed = json.loads(done.stdout.splitlines()[-1])
    assert printed == {
        "commitment": edition.commitment(month=MONTH, seed=SEED),
        "items_hash": (edition_folder / "hash").read_text(),
        "version": edition.suite_version(MONTH),
    }
    for task in TASKS:
        name = f"lagline-fresh/{task}.jsonl"
        assert (tmp_path / name).read_bytes() == (edition_folder / name).read_bytes()


def test_each_task_has_sixty_different_items_and_the_suite_counts_them(
    edition_folder: Path, items: list[Item]
) -> None:
    assert len({item["question"] for item in items}) == len(items) == 300
    suite = yaml.safe_load((edition_folder / "lagline-fresh.yaml").read_text())
    assert [row["n"] for row in suite["benchmarks"]] == [300, 60, 60, 60, 60, 60]
    assert suite["version"] == edition.suite_version(MONTH)
    assert len(suite["version"]) <= 20, "as long as a suite's version may be"
    assert edition.commitment(month=MONTH, seed=SEED) in suite["description"]
    assert SEED not in (edition_folder / "lagline-fresh.yaml").read_text()


def test_the_next_month_and_another_seed_have_other_items() -> None:
    of_language = {
        (month, seed): {item.question for item in edition._items("chinese", f"{month}/{seed}")}
        for month, seed in ((MONTH, SEED), ("2026-12", SEED), (MONTH, "other"))
    }
    first, *others = of_language.values()
    for other in others:
        assert len(first & other) < 12, "only the few questions on relatives may come again"


def test_every_answer_has_the_full_score_of_its_generators_own_scorer(
    items: list[Item], task_code: Any
) -> None:
    for item in items:
        response = f"Let me see.\n\nAnswer: {item['answer']}"
        assert task_code.process_results(item, [response]) == {"acc": 1.0}, item["id"]


NONSENSE = ("", "river music", "1/0", "[", "(1, 2", "nan", "1e999", "-", "[1, 'a']", "a × b", "9" * 5000)


@pytest.mark.parametrize("response", NONSENSE, ids=lambda response: response[:9])
def test_an_answer_that_no_scorer_can_read_is_wrong(response: str, items: list[Item], task_code: Any) -> None:
    for item in items:
        assert task_code.process_results(item, [f"Answer: {response}"]) == {"acc": 0.0}, item["id"]


def test_the_answer_to_another_item_has_no_score(items: list[Item], task_code: Any) -> None:
    by_kind: dict[str, list[Item]] = {}
    for item in items:
        by_kind.setdefault(item["generator"], []).append(item)
    for kind in by_kind.values():
        other = next((item for item in kind if item["answer"] != kind[0]["answer"]), None)
        assert other is not None
        assert task_code.process_results(kind[0], [f"Answer: {other['answer']}"]) == {"acc": 0.0}, other


@pytest.mark.parametrize(
    ("response", "read"),
    [
        ("So it is 42.\n\nAnswer: 42", "42"),
        ("**Answer:** 42.", "42"),
        ("Answer: 41\nNo, wait.\nAnswer: 42", "42"),
        (r"Answer: \boxed{42}", "42"),
        (r"Thus $\boxed{42}$", "42"),
        ("Answer:\n42", "42"),
        ("It is\n42\n", "42"),
        ("想了想。\n答案：“星期五”。", "星期五"),
        ("最终答案: 42", "42"),
        ("", ""),
    ],
)
def test_the_answer_is_found_as_it_is_written_down(response: str, read: str, task_code: Any) -> None:
    assert task_code.extract(response) == read


# Answers worked out again, from the text of the question alone ---------------------------------------------


def numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


def run_bf(question: str) -> str:
    program = question.split("\n\n")[1]
    tape, place, at, out, jumps, opened = [0] * 300, 0, 0, "", {}, []
    for here, sign in enumerate(program):
        if sign == "[":
            opened.append(here)
        elif sign == "]":
            jumps[here] = opened.pop()
            jumps[jumps[here]] = here
    while at < len(program):
        sign = program[at]
        if sign in "<>":
            place += 1 if sign == ">" else -1
        elif sign in "+-":
            tape[place] = (tape[place] + (1 if sign == "+" else -1)) % 256
        elif sign == ".":
            out += chr(tape[place])
        elif (sign == "[" and not tape[place]) or (sign == "]" and tape[place]):
            at = jumps[at]
        at += 1
    return out


def rewrite_ab(question: str) -> str:
    tokens = re.split(r"\s+", question.split("following program:")[1].split("Return")[0].strip())
    rules = {("A#", "#A"): [], ("B#", "#B"): [], ("A#", "#B"): ["#B", "A#"], ("B#", "#A"): ["#A", "B#"]}
    while places := [at for at in range(len(tokens) - 1) if (tokens[at], tokens[at + 1]) in rules]:
        tokens[places[0] : places[0] + 2] = rules[tokens[places[0]], tokens[places[0] + 1]]
    return " ".join(tokens)


def factors(number: int) -> str:
    primes = []
    for factor in range(2, number + 1):
        while number % factor == 0:
            primes.append(str(factor))
            number //= factor
    return " × ".join(primes)


def to_base(number: int, base: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, base)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return text


def convert(question: str) -> str:
    last = question.splitlines()[-1].replace("hexadecimal", "base-16").replace("binary", "base-2")
    match = re.search(r"base-(\d+) number (\w+) to base-(\d+)", last)
    assert match is not None
    return to_base(int(match[2], int(match[1])), int(match[3]))


def primes_between(question: str) -> str:
    low, high = numbers(question)[:2]
    return str(sum(n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1)) for n in range(low, high + 1)))


def count_letter(question: str) -> str:
    match = re.search(r'the letter "(.)" appear in the text: "(.*)"', question, re.DOTALL)
    assert match is not None
    return str(match[2].lower().count(match[1].lower()))


def sort_words(question: str) -> str:
    order, _, words = question.rpartition(":")
    return ", ".join(sorted(words.strip().split(", "), reverse="in descending order" in order))


def expression(question: str) -> str:
    return str(eval(re.findall(r"[\d(][\d+\-* ()]*\d\)?", question)[-1].strip("= ")))


def parse_numeral(question: str) -> str:
    """Read a Chinese numeral: each unit multiplies the digit before it, 万 and 亿 what has come so far."""
    total = part = digit = 0
    for sign in re.findall("“(.*)”", question)[0]:
        if sign in chinese.DIGITS:
            digit = chinese.DIGITS.index(sign)
        elif sign in "十百千":
            part, digit = part + (digit or 1) * 10 ** ("十百千".index(sign) + 1), 0
        else:
            total, part, digit = total + (part + digit) * (10_000 if sign == "万" else 10**8), 0, 0
    return str(total + part + digit)


def rank(question: str) -> str:
    above: dict[str, str] = dict(re.findall("(.)比(.)高", question))
    order = [next(person for person in above if person not in above.values())]
    while order[-1] in above:
        order.append(above[order[-1]])
    place = question[question.index("谁") + 1 : -1]
    return (
        order[0]
        if place == "最高"
        else order[-1]
        if place == "最矮"
        else order[" 一二三四五六七八".index(place[1]) - 1]
    )


def later_weekday(question: str) -> str:
    year, month, day, later = numbers(question)
    return chinese.WEEKDAYS[(date(year, month, day) + timedelta(later)).weekday()]


def shop(question: str) -> str:
    boxes, each, sold, price = numbers(question)
    return str((boxes * each - sold) * price)


def meeting(question: str) -> str:
    way, first, second = numbers(question)
    return str(way // (first + second))


def quoted(question: str) -> str:
    return str(re.findall("“(.*?)”", question)[0])


SOLVERS: dict[str, Callable[[str], str]] = {
    "products": expression,
    "chain_sum": expression,
    "base_conversion": convert,
    "prime_factorization": lambda question: factors(numbers(question)[0]),
    "lcm": lambda question: str(math.lcm(*numbers(question))),
    "count_primes": primes_between,
    "bf": run_bf,
    "ab": rewrite_ab,
    "bitwise_arithmetic": lambda question: hex(eval(question.splitlines()[-1])),
    "letter_counting": count_letter,
    "spell_backward": lambda question: question.rpartition(": ")[2].strip()[::-1],
    "word_sorting": sort_words,
    "short_numeral": parse_numeral,
    "long_numeral": parse_numeral,
    "short_reversal": lambda question: quoted(question)[::-1],
    "long_reversal": lambda question: quoted(question)[::-1],
    "character_count": lambda question: str(quoted(question).count(re.findall("“(.)”字", question)[0])),
    "short_ranking": rank,
    "long_ranking": rank,
    "weekday": later_weekday,
    "shop": shop,
    "meeting": meeting,
}


@pytest.mark.parametrize("kind", SOLVERS)
def test_the_answers_are_those_that_the_question_gives(kind: str, items: list[Item]) -> None:
    of_kind = [item for item in items if item["generator"] == kind]
    assert of_kind
    for item in of_kind:
        assert SOLVERS[kind](item["question"]) == item["answer"], item["question"]
