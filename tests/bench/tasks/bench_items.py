"""Items of the length that questions usually have."""

import os
import tempfile
from collections.abc import Iterator
from typing import Any

import datasets

STORY = "A shop sells apples, pears and plums, and every customer buys some of each kind. " * 5


def load(**_metadata: Any) -> dict[str, datasets.Dataset]:
    """Make BENCH_ITEMS items in a file that is mapped, as the data sets of a hub are."""
    count = int(os.environ.get("BENCH_ITEMS", "100"))
    folder = tempfile.mkdtemp(dir=os.environ.get("DATA_DIR"))
    dataset = datasets.Dataset.from_generator(items, gen_kwargs={"count": count}, cache_dir=folder)
    return {"test": dataset}


def items(count: int) -> Iterator[dict[str, str]]:
    """Give the items one by one."""
    for i in range(count):
        yield {"story": STORY, "question": f"What is {i} + {i}?", "answer": str(2 * i)}
