"""What an account needs first: what wants doing, what is open, what is left of its quotas, what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evals import queries as record
from evals.models import Notice, Owner, ReviewOutcome, SubmissionState
from evals.models.submissions import OPEN_STATES
from evals.models.webhooks import DisabledReason
from evals.operations.endpoints.access import own_endpoints
from evals.queries.submission_quotas import QuotaUse, submission_quotas
from leaderboard.accounts.invitations import open_invitations
from leaderboard.accounts.second_factors import has_second_factor
from leaderboard.presenters.labels import StrOrPromise
from leaderboard.presenters.own_endpoints import OwnEndpointView, view_own_endpoint
from leaderboard.presenters.quotas import QUOTA_LABELS
from leaderboard.presenters.submission_status import SubmissionView, view_submissions
from leaderboard.queries import tokens_ending, verified_address

MOST_ROWS, MOST_NOTICES = 10, 5
SOON, LATELY = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something that wants doing, and where."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """What the overview shows; the lists are cut after some rows."""

    reminders: list[Reminder]
    submissions: list[SubmissionView]
    n_open: int
    endpoints: list[OwnEndpointView]
    n_endpoints: int
    quotas: list[tuple[StrOrPromise, QuotaUse]]
    notices: list[Notice]


def account_overview(account: User, *, now: datetime) -> AccountOverview:
    """Return the overview of an account and its organisations, in a constant number of queries."""
    owners = list(record.owners_for(account))
    mine = record.submissions().filter(owner__in=owners, state__in=OPEN_STATES)
    endpoints = own_endpoints(account)
    own = next(owner for owner in owners if owner.account_id == account.pk)
    return AccountOverview(
        reminders=list(_reminders(account, owners, now)),
        submissions=view_submissions(list(mine[:MOST_ROWS]), now=now),
        n_open=mine.count(),
        endpoints=[view_own_endpoint(row) for row in record.own_endpoint_details(endpoints[:MOST_ROWS])],
        n_endpoints=endpoints.count(),
        quotas=[(QUOTA_LABELS[use.quota], use) for use in submission_quotas(own, now=now)],
        notices=list(record.notices(account)[:MOST_NOTICES]),
    )


def _reminders(account: User, owners: list[Owner], now: datetime) -> Iterator[Reminder]:
    if not verified_address(account):
        yield Reminder(_("Confirm an e-mail address, or you cannot get mail."), reverse("account_email"))
    if not has_second_factor(account):
        yield Reminder(_("Add a second factor to your account."), reverse("mfa_index"))
    n_invitations = open_invitations(now=now).filter(account=account).count()
    if n_invitations:
        text = ngettext("Answer %(n)d invitation.", "Answer %(n)d invitations.", n_invitations)
        yield Reminder(text % {"n": n_invitations}, reverse("account_organisations"))
    yield from _requested_changes(owners)
    for token in tokens_ending(account, after=now - LATELY, before=now + SOON)[:MOST_ROWS]:
        assert token.expires_at is not None
        ended = _("The token %(name)s has expired.")
        text = ended if token.expires_at <= now else _("The token %(name)s expires soon.")
        yield Reminder(text % {"name": token.name}, reverse("account_tokens"))
    broken = Q(failing_since__isnull=False) | Q(enabled=False) & ~Q(disabled_reason=DisabledReason.OWNER)
    for webhook in record.webhooks(account).filter(broken)[:MOST_ROWS]:
        text = _("The webhook %(url)s fails, or was disabled.") % {"url": webhook.url}
        yield Reminder(text, reverse("webhook", args=[webhook.public_id]))


def _requested_changes(owners: list[Owner]) -> Iterator[Reminder]:
    returned = record.submissions(state=SubmissionState.PENDING_REVIEW).filter(
        owner__in=owners, review_outcome=ReviewOutcome.CHANGES_REQUESTED
    )
    for submission in returned[:MOST_ROWS]:
        text = _("Changes of your submission of %(model)s are requested.")
        address = reverse("pages:submission", args=[submission.public_id])
        yield Reminder(text % {"model": submission.endpoint.model.name}, address)
    proposals = record.proposals(state="changes_requested").filter(model__proposed_by__in=owners)
    for proposal in proposals[:MOST_ROWS]:
        text = _("Changes of the proposed model %(model)s are requested.")
        address = reverse("pages:proposal", args=[proposal.public_id])
        yield Reminder(text % {"model": proposal.model.name}, address)
