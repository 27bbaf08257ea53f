"""The score of each model on each benchmark, selected by the lag's rule (METHOD §1.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from evals import queries as record
from leaderboard.lag.data import Provenance, Score
from leaderboard.lag.score_selection import SelectedScores, select_scores


def selected_scores(
    *, benchmarks: Iterable[str] | None = None, models: Iterable[str] | None = None
) -> Mapping[tuple[str, str], SelectedScores]:
    """Return the selected scores by (model slug, benchmark slug). One query."""
    groups: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for row in record.recorded_scores(benchmarks=benchmarks, models=models):
        provenance = Provenance(row.provenance)
        score = Score(row.model, row.benchmark, row.value, row.stderr, row.n, provenance)
        groups[row.model, row.benchmark].append(score)
    return {key: select_scores(group) for key, group in groups.items()}
