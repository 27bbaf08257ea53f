"""One ruler: of each benchmark only the scores of one form are compared, whoever the models are."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evals.models import Form, Score


def in_comparable_form(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Leave of each benchmark the scores of its one form.

    That is the form which the benchmark tells; else the generative one, which every endpoint can answer, as
    soon as any score is generative or does not tell (published figures of chat models); else likelihoods.
    A score that does not tell its form counts as the benchmark's.
    """
    others = scores.order_by().filter(benchmark=OuterRef("benchmark")).exclude(form=Form.LIKELIHOOD)
    untold = Q(benchmark__form=Form.UNTOLD)
    return scores.filter(
        Q(form=Form.UNTOLD)
        | Q(form=F("benchmark__form"))
        | (untold & Q(form=Form.GENERATIVE))
        | (untold & Q(form=Form.LIKELIHOOD) & ~Exists(others))
    )
