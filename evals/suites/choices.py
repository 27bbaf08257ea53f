"""Multiple-choice items of ours that small models can answer: `python -m evals.suites.choices [--check]`."""

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

SEED = 20261122
EACH = 40
PATH = Path(__file__).resolve().parent / "lagline-core" / "choices.jsonl"
CAPITALS = """
France/Paris Italy/Rome Spain/Madrid Germany/Berlin Japan/Tokyo China/Beijing Russia/Moscow Egypt/Cairo
Greece/Athens Portugal/Lisbon Austria/Vienna Poland/Warsaw Hungary/Budapest Norway/Oslo Sweden/Stockholm
Finland/Helsinki Denmark/Copenhagen Ireland/Dublin Cuba/Havana Peru/Lima Kenya/Nairobi Thailand/Bangkok
Vietnam/Hanoi Iran/Tehran Iraq/Baghdad Canada/Ottawa Chile/Santiago Belgium/Brussels Romania/Bucharest
Bulgaria/Sofia Serbia/Belgrade Ukraine/Kyiv Colombia/Bogota Venezuela/Caracas Indonesia/Jakarta
Philippines/Manila Jordan/Amman Syria/Damascus Lebanon/Beirut Nepal/Kathmandu
"""
OPPOSITES = """
hot/cold big/small up/down fast/slow early/late open/closed full/empty light/dark young/old happy/sad
strong/weak rich/poor high/low near/far clean/dirty hard/soft loud/quiet first/last sweet/bitter thick/thin
deep/shallow left/right win/lose buy/sell begin/end love/hate give/take push/pull day/night true/false
alive/dead
rough/smooth tight/loose wide/narrow brave/afraid inside/outside always/never above/below before/after
forget/remember
"""
Item = dict[str, str | int | list[str]]


def _asked(group: str, question: str, right: str, others: Sequence[str], rng: Random) -> Item:
    choices = [right, *others]
    rng.shuffle(choices)
    return {"group": group, "question": question, "choices": choices, "answer": choices.index(right)}


def _pairs(group: str, words: str, relation: str) -> Callable[[Random], list[Item]]:
    pairs: dict[str, str] = dict(re.findall(r"(\w+)/(\w+)", relation))

    def make(rng: Random) -> list[Item]:
        return [
            _asked(group, words.format(key), right, rng.sample(sorted({*pairs.values()} - {right}), 3), rng)
            for key, right in list(pairs.items())[:EACH]
        ]

    return make


def _sums(rng: Random) -> list[Item]:
    pairs = rng.sample([(a, b) for a in range(2, 20) for b in range(2, 10)], EACH)
    return [
        _asked(
            "sums",
            f"What is {a} + {b}?",
            str(a + b),
            [str(a + b + step) for step in rng.sample((-3, -2, -1, 1, 2, 3, 10), 3)],
            rng,
        )
        for a, b in pairs
    ]


MAKERS = (
    _pairs("capitals", "What is the capital of {}?", CAPITALS),
    _pairs("opposites", 'What is the opposite of "{}"?', OPPOSITES),
    _sums,
)


def make_lines() -> str:
    """Make the items, always the same."""
    items = [item for place, maker in enumerate(MAKERS) for item in maker(Random(f"{SEED}/{place}"))]
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def main(arguments: Sequence[str]) -> int:
    """Write the items, or with --check compare them with what is stored."""
    lines = make_lines()
    if "--check" in arguments:
        return int(not PATH.is_file() or PATH.read_text(encoding="utf-8") != lines)
    PATH.write_text(lines, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
