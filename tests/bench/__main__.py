"""The benchmark table: every comparison, into build/bench.json. `python -m tests.bench`."""

import sys

from tests.bench import engine, imports, lag, pages

if __name__ == "__main__":
    sys.exit(max(engine.main(), imports.main(), lag.main(), pages.main()))
