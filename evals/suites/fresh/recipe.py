"""What a month of lagline-fresh is made of: which generators, how hard, and how many items of each.

Of reasoning-gym, never `calendar_arithmetic` (business days over the end of a year are wrong) and never
`basic_arithmetic` without parentheses (it works its terms off from left to right); nor `isomorphic_strings`
and `list_functions`, whose items differ from one process to the next (they go through sets of texts).
"""

from collections.abc import Mapping
from typing import Any

from evals.suites.drawing import Maker
from evals.suites.kinds import chinese

SPEC = "1"  # of this recipe: a change of a generator, a setting or a count is a new one
ITEMS_PER_SLOT = 5
Slot = tuple[str, Mapping[str, Any]]

GYM_SLOTS: Mapping[str, tuple[Slot, ...]] = {
    "reasoning": (
        ("knights_knaves", {"n_people": 2}),
        ("knights_knaves", {"n_people": 4}),
        ("knights_knaves", {"n_people": 6}),
        ("zebra_puzzles", {"num_people": 3, "num_characteristics": 3}),
        ("zebra_puzzles", {"num_people": 4, "num_characteristics": 4}),
        ("color_cube_rotation", {"min_rotations": 1, "max_rotations": 2}),
        ("color_cube_rotation", {"min_rotations": 4, "max_rotations": 6}),
        ("color_cube_rotation", {"min_rotations": 10, "max_rotations": 14}),
        ("self_reference", {"difficulty": 2}),
        ("self_reference", {"difficulty": 5}),
        ("family_relationships", {"min_family_size": 4, "max_family_size": 6}),
        ("family_relationships", {"min_family_size": 7, "max_family_size": 8}),
    ),
    "maths": (
        ("products", {"min_digits": 2, "max_digits": 2}),
        ("products", {"min_digits": 4, "max_digits": 5}),
        ("chain_sum", {"min_terms": 3, "max_terms": 4, "min_digits": 2, "max_digits": 3}),
        ("chain_sum", {"min_terms": 8, "max_terms": 10, "min_digits": 5, "max_digits": 6}),
        ("base_conversion", {"min_value": 100, "max_value": 999}),
        ("base_conversion", {"min_value": 100_000, "max_value": 9_999_999}),
        ("prime_factorization", {"min_value": 20, "max_value": 500}),
        ("prime_factorization", {"min_value": 20_000, "max_value": 500_000}),
        ("lcm", {"min_numbers": 2, "max_numbers": 2, "max_value": 60}),
        ("lcm", {"min_numbers": 3, "max_numbers": 4, "min_value": 50, "max_value": 400}),
        ("count_primes", {"min_n": 1, "max_n": 200}),
        ("simple_equations", {"min_terms": 3, "max_terms": 4}),
    ),
    "code": (
        ("bf", {"difficulty": 1}),
        ("bf", {"difficulty": 2}),
        ("ab", {"length": 6}),
        ("ab", {"length": 14}),
        ("ab", {"length": 30}),
        ("string_manipulation", {"min_string_length": 5, "max_string_length": 8, "max_num_rules": 4}),
        ("string_manipulation", {"min_string_length": 12, "max_string_length": 20}),
        ("string_manipulation", {"min_string_length": 25, "max_string_length": 30, "min_num_rules": 8}),
        ("bitwise_arithmetic", {"difficulty": 1}),
        ("bitwise_arithmetic", {"difficulty": 2}),
        ("bitwise_arithmetic", {"difficulty": 3}),
        ("bitwise_arithmetic", {"difficulty": 5}),
    ),
    "language": (
        ("letter_counting", {"min_words": 5, "max_words": 8}),
        ("letter_counting", {"min_words": 20, "max_words": 25}),
        ("letter_counting", {"min_words": 50, "max_words": 60}),
        ("spell_backward", {"min_word_len": 4, "max_word_len": 6}),
        ("spell_backward", {"min_word_len": 7, "max_word_len": 8}),
        ("spell_backward", {"min_word_len": 9, "max_word_len": 10}),
        ("word_sorting", {"min_words": 4, "max_words": 5}),
        ("word_sorting", {"min_words": 10, "max_words": 12}),
        ("word_sorting", {"min_words": 20, "max_words": 24}),
        ("caesar_cipher", {"min_words": 3, "max_words": 4, "min_rotation": 1, "max_rotation": 3}),
        ("caesar_cipher", {"min_words": 4, "max_words": 6}),
        ("caesar_cipher", {"min_words": 10, "max_words": 14}),
    ),
}
CHINESE_SLOTS: tuple[Maker, ...] = chinese.MAKERS
TASKS = (*GYM_SLOTS, "chinese")
