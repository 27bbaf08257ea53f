"""Questions drawn from reasoning-gym's generators, which only the making of items needs."""

import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from random import Random
from typing import Any

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class GymEntry:
    """What one of reasoning-gym's generators gave."""

    question: str
    answer: str
    metadata: dict[str, Any]


def draw(rng: Random, generator: str, **settings: object) -> GymEntry:
    """Draw one entry of the named generator, with a seed taken from `rng`."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):  # some of its generators print dots
        warnings.simplefilter("ignore")  # its dependencies warn while they are being imported
        import reasoning_gym

        seed = rng.randint(0, LARGEST_SEED)
        entry = reasoning_gym.create_dataset(generator, seed=seed, size=1, **settings)[0]
    return GymEntry(question=entry["question"], answer=entry["answer"], metadata=entry["metadata"])
