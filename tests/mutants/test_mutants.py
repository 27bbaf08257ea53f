"""The mutation tester's own rules, on a source of a few lines."""

from __future__ import annotations

from tests.mutants.__main__ import failures, row
from tests.mutants.mutations import Mutant, sample

SOURCE = """
from __future__ import annotations

LIMIT = 3


class Scale:
    def at_most(self, value: int | None) -> bool:
        return value < LIMIT
"""


def test_a_sample_is_the_same_each_time_and_has_a_line_once() -> None:
    mutants = sample({"scale.py": SOURCE}, 10)
    assert mutants == sample({"scale.py": SOURCE}, 10)
    assert sorted(
        (mutant.function, mutant.mutation.split(": ")[1].split(" → ")[0]) for mutant in mutants
    ) == [("<module>", "LIMIT = 3"), ("Scale.at_most", "return value < LIMIT")]
    assert all(mutant.code != SOURCE for mutant in mutants)


def test_a_mutant_keeps_its_name_where_lines_are_added_above_it() -> None:
    def names(source: str) -> list[tuple[str, str]]:
        return [(mutant.function, mutant.mutation) for mutant in sample({"scale.py": source}, 10)]

    assert names(SOURCE) == names("\n\n" + SOURCE.replace("LIMIT = 3", "import os\n\nLIMIT = 3"))


def test_an_annotation_that_never_runs_is_no_mutant() -> None:
    assert sample({"scale.py": "from __future__ import annotations\n\nlimit: int | None\n"}, 10) == []


def test_a_survivor_needs_a_reason_and_the_share_and_the_sample_must_be_reached() -> None:
    mutant = Mutant("scale.py", "Scale.at_most", "Lt_LtE: a < b → a <= b", "")
    reasons = {("scale.py", "Scale.at_most", "Lt_LtE: a < b → a <= b"): "a and b are never equal"}
    killed, accepted, open_ = row(mutant, False, reasons), row(mutant, True, reasons), row(mutant, True, {})
    assert (killed["killed"], killed["reason"]) == (True, None)
    assert (accepted["killed"], accepted["reason"]) == (False, "a and b are never equal")
    assert failures([killed] * 85 + [accepted] * 15, 100) == []
    assert failures([killed] * 84 + [accepted] * 16, 100) == ["Fewer than 85% are killed."]
    assert failures([killed] * 99 + [open_], 100) == ["1 survivors have no reason in survivors.yaml."]
    assert failures([killed] * 99, 100) == ["1 mutants are left at the time limit."]
