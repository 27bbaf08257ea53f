"""What published estimates answer, in figures and words: the same for the pages and the API."""

from leaderboard.answers.citation import citation_of, page_of
from leaderboard.answers.figures import WHY_NOT, Figure, figures_of

__all__ = ["WHY_NOT", "Figure", "citation_of", "figures_of", "page_of"]
