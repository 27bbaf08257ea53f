"""What may be asked of the lag: any two cohorts, on any benchmarks, by any rule."""

from leaderboard.comparisons.cohort import Cohort
from leaderboard.comparisons.comparison import OPEN_AND_CLOSED, Comparison
from leaderboard.comparisons.unclear import InvalidComparison

__all__ = ["OPEN_AND_CLOSED", "Cohort", "Comparison", "InvalidComparison"]
