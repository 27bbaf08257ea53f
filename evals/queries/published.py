"""The models and scores that count: the one rule for lags, index, frontiers, prices, claims and exports."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from evals.models import Developer, Model, ProposalState, Score, Voucher

VOUCHED = [voucher.value for voucher in Voucher if voucher]
IS_LISTED = Q(proposal=None) | ~Q(proposal__state=ProposalState.REJECTED)


def published_models() -> QuerySet[Model]:
    """Return the models that count.

    These are the confirmed models of confirmed developers; of the variants that a developer proposed, the
    one that it named.
    """
    rows = Model.objects.filter(is_confirmed=True, developer__is_confirmed=True)
    return rows.filter(Q(proposal=None) | Q(proposal__is_named=True))


def published_scores() -> QuerySet[Score]:
    """Return the scores that count: of models that count, and if measured here, from a vouched endpoint."""
    rows = Score.objects.filter(model__in=published_models().order_by())
    return rows.filter(Q(submission=None) | Q(submission__endpoint__vouched_by__in=VOUCHED))


def listed_models() -> QuerySet[Model]:
    """Return all models but rejected proposals."""
    return Model.objects.filter(IS_LISTED)


def listed_developers() -> QuerySet[Developer]:
    """Return all developers but those that only rejected proposals named."""
    listed = listed_models().filter(developer=OuterRef("pk"))
    return Developer.objects.filter(Q(is_confirmed=True) | Exists(listed))
