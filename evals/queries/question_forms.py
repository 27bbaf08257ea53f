"""Select scores of one question form per benchmark."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evals.models import Form, Score


def in_comparable_form(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Keep the scores in the form of their benchmark.

    That is the form that the benchmark states; otherwise generative, which every endpoint can answer, if
    any score is generative or states no form (published figures of chat models); otherwise likelihood. A
    score without a form counts as the benchmark's.
    """
    others = scores.order_by().filter(benchmark=OuterRef("benchmark")).exclude(form=Form.LIKELIHOOD)
    untold = Q(benchmark__form=Form.UNTOLD)
    return scores.filter(
        Q(form=Form.UNTOLD)
        | Q(form=F("benchmark__form"))
        | (untold & Q(form=Form.GENERATIVE))
        | (untold & Q(form=Form.LIKELIHOOD) & ~Exists(others))
    )
