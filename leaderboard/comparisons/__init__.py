"""Comparisons: any two cohorts, on any benchmarks, by any rule of attribution."""

from leaderboard.comparisons.cohort import Cohort
from leaderboard.comparisons.comparison import OPEN_AND_CLOSED, Comparison
from leaderboard.comparisons.errors import InvalidComparison
