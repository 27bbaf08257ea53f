"""All that is kept about an account, as JSON files in a ZIP archive; no secret is in it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evals.models import (
    AuditAction,
    AuditEvent,
    Dispute,
    Endpoint,
    EndpointKey,
    MailItem,
    MailSubscription,
    Member,
    ModelProposal,
    Notice,
    Preflight,
    SpendingCap,
    Submission,
    Webhook,
    WebhookDelivery,
)
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.refusals import TooMany
from leaderboard.client_address import account_hash
from leaderboard.models import ApiToken, Invitation, PolicyAcceptance, SignUp

MOST_A_DAY = 5
DAY = timedelta(days=1)
ROWS_AT_ONCE = 500
ABOUT = """\
What this site keeps about your account, one file a subject, as JSON.
Times are in UTC. Passwords, tokens, keys, codes and the secrets of webhooks are not in it.
"""


class TooManyExports(TooMany):
    """An account has downloaded its data several times today."""

    code = "too_many_exports"


def start_export(*, account: User, now: datetime) -> None:
    """Record that an account downloads its data. Raises TooManyExports."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=account.pk)
        pseudonym = pseudonym_of(account.pk)
        mine = AuditEvent.objects.filter(action=AuditAction.ACCOUNT_EXPORT, object_id=pseudonym)
        recent = mine.filter(at__gt=now - DAY).order_by("-pk").values_list("at", flat=True)[:MOST_A_DAY]
        if len(recent) >= MOST_A_DAY:
            message = _("You can download your data %(n)d times a day.") % {"n": MOST_A_DAY}
            raise TooManyExports(message).retry_at(list(recent)[-1] + DAY, now=now)
        record_event(action=AuditAction.ACCOUNT_EXPORT, object_type="account", object_id=pseudonym)


def archive_of(account: User) -> Iterator[bytes]:
    """Yield a ZIP archive in parts, as it is read from the database."""
    buffer = _Buffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT)
        for name, rows in parts_of(account).items():
            with archive.open(f"{name}.json", "w", force_zip64=True) as file:
                for text in _as_json(rows.iterator(chunk_size=ROWS_AT_ONCE)):
                    file.write(text.encode())
                    yield buffer.taken()
            yield buffer.taken()
    yield buffer.taken()


def parts_of(account: User) -> dict[str, QuerySet[Any, dict[str, Any]]]:
    """Return the rows of each file with the columns that are given away; a new column is not, until named."""
    return _account_parts(account) | _own_parts(account) | _log_parts(account)


def _account_parts(account: User) -> dict[str, Any]:
    return {
        "profile": User.objects.filter(pk=account.pk).values(
            *("username", "email", "first_name", "last_name", "date_joined", "last_login"),
            *("is_active", "is_staff", "is_superuser"),
        ),
        "roles": account.groups.order_by("name").values("name"),
        "addresses": EmailAddress.objects.filter(user=account).values("email", "verified", "primary"),
        "connections": SocialAccount.objects.filter(user=account).values(
            "provider", "uid", "extra_data", "date_joined", "last_login"
        ),
        "policies": PolicyAcceptance.objects.filter(account=account).values(
            "version__kind", "version__number", "accepted_at"
        ),
        "second_factors": Authenticator.objects.filter(user=account).values(
            "type", "created_at", "last_used_at"
        ),
        "tokens": ApiToken.objects.filter(user=account).values(
            *("name", "owner__handle", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
        ),
        "memberships": Member.objects.filter(account=account).values(
            "organisation__handle", "organisation__name", "role", "created_at"
        ),
        "invitations": Invitation.objects.filter(
            Q(account=account) | Q(email__in=_addresses(account))
        ).values("organisation__handle", "role", "email", "created_at", "expires_at", "ended_at"),
        "mail_subscriptions": MailSubscription.objects.filter(
            Q(account=account) | Q(address__in=_addresses(account))
        ).values("topic", "address", "language", "created_at", "confirmed_at", "mailed_at"),
        "sign_up": SignUp.objects.filter(account=account).values("signed_up_at"),
    }


def _own_parts(account: User) -> dict[str, Any]:
    owner = Q(owner__account=account)
    return {
        "endpoints": Endpoint.objects.filter(owner).values(
            *("slug", "model__slug", "provider", "protocol", "base_url", "api_model", "max_concurrency"),
            *("input_usd_per_mtok", "output_usd_per_mtok", "capabilities", "enabled", "vouched_by"),
        ),
        "sharing": Endpoint.objects.filter(owner, shared_with__isnull=False).values(
            "slug", "shared_with__handle"
        ),
        "keys": EndpointKey.objects.filter(owner).values(
            "endpoint__slug", "keep", "created_at", "last_used_at", "deleted_at"
        ),
        "preflights": Preflight.objects.filter(endpoint__owner__account=account).values(
            "endpoint__slug", "suite__slug", "state", "checks", "requested_at", "finished_at"
        ),
        "submissions": Submission.objects.filter(owner | Q(submitter=account)).values(
            *("public_id", "endpoint__slug", "suite__slug", "suite__version", "owner__handle", "state"),
            *("attempt", "idempotency_key", "budget_usd", "spent_usd", "budget_calls", "spent_calls"),
            *("review_outcome", "review_message", "embargo_until", "failure_code", "failure_message"),
            *("created_at", "started_at", "finished_at"),
        ),
        "proposals": ModelProposal.objects.filter(
            Q(proposer=account) | Q(model__proposed_by__account=account)
        ).values(
            *("public_id", "model__slug", "model__name", "state", "weights_url", "sources", "message"),
            *("proposed_at", "submitted_at", "decided_at"),
        ),
        "caps": SpendingCap.objects.filter(owner).values(
            "kind", "usd_per_day", "usd_per_month", "calls_per_day", "calls_per_month"
        ),
        "webhooks": Webhook.objects.filter(owner).values(
            "public_id", "url", "types", "enabled", "disabled_reason", "created_at"
        ),
        "webhook_deliveries": WebhookDelivery.objects.filter(webhook__owner__account=account).values(
            "webhook__public_id", "notice__public_id", "state", "attempts", "sent_at", "status", "reply"
        ),
        "notices": Notice.objects.filter(owner).values("public_id", "type", "subject", "data", "created_at"),
        "mails": MailItem.objects.filter(subscription__account=account).values(
            "subscription__topic", "notice__public_id", "state"
        ),
        "disputes": Dispute.objects.filter(filed_account=account_hash(account.pk)).values(
            "public_id", "subject", "statement", "evidence", "contact", "filed_at", "state", "answer"
        ),
    }


def _log_parts(account: User) -> dict[str, Any]:
    pseudonym = pseudonym_of(account.pk)
    name = account.get_username()
    return {
        "sessions": UserSession.objects.filter(user=account).values(
            "created_at", "ip", "last_seen_at", "user_agent"
        ),
        "logins": AccessLog.objects.filter(username=name).values(
            "attempt_time", "logout_time", "ip_address", "user_agent"
        ),
        "failed_logins": AccessFailureLog.objects.filter(username=name).values(
            "attempt_time", "ip_address", "user_agent", "locked_out"
        ),
        "login_delays": AccessAttempt.objects.filter(username=name).values(
            "attempt_time", "ip_address", "user_agent", "failures_since_start"
        ),
        "audit_log": AuditEvent.objects.filter(Q(actor=pseudonym) | Q(object_id=pseudonym))
        .order_by("pk")
        .values("at", "action", "object_type", "object_id", "network", "before", "after"),
    }


def _addresses(account: User) -> list[str]:
    verified = EmailAddress.objects.filter(user=account, verified=True)
    return [address.lower() for address in verified.values_list("email", flat=True)]


def _as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a JSON list, one row a line."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


class _Buffer:
    """A file that cannot be rewound: what is written waits until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep what is written."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Hold nothing back."""

    def close(self) -> None:
        """Close nothing."""

    def taken(self) -> bytes:
        """Return what has been written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken
