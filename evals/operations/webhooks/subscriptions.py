"""Create, change and delete webhooks, by owners; test and replay, by submitters as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from evals.models import (
    SUBMITTING_ROLES,
    AuditAction,
    DeliveryState,
    DisabledReason,
    MemberRole,
    Notice,
    NoticeType,
    Owner,
    Webhook,
    WebhookDelivery,
)
from evals.models.notices import SUBSCRIBED_TYPES
from evals.operations.audit import record_event
from evals.operations.notices.notify import notify
from evals.operations.owners.access import Actor, NotPermitted, acts_for, resolve_owner, role_in
from evals.operations.refusals import Conflict, Refused, TooMany
from evals.operations.wakeup import NOTIFY, wake_worker
from evals.operations.webhooks.addresses import refuse_bad_address
from evals.operations.webhooks.signatures import encrypt_anew, encrypt_webhook_secret, new_secret

MOST_WEBHOOKS = 5
ROTATION = timedelta(days=1)
TESTS, TEST_WINDOW = 6, timedelta(minutes=10)
REPLAY_EVERY = timedelta(minutes=1)
OWNING_ROLES = frozenset({MemberRole.OWNER})


class UnknownWebhook(Refused):
    """There is no such webhook, or the actor is no member of its owner."""

    code = "unknown_webhook"


class UnknownType(Refused):
    """A webhook names a type of notices that does not exist, or none."""

    code = "unknown_type"
    field = "types"


class TooManyWebhooks(Conflict):
    """An owner has as many webhooks as are allowed."""

    code = "too_many_webhooks"


class TestedTooOften(TooMany):
    """Tests are limited, so that a webhook is no way to flood a server."""

    __test__ = False
    code = "tested_too_often"


class NotReplayable(Conflict):
    """A delivery that waits, or was sent just now, is not replayed."""

    code = "not_replayable"
    field = "state"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook with its secret, which is shown once."""

    webhook: Webhook
    secret: str


def create_webhook(
    *, actor: AbstractBaseUser, url: str, types: Iterable[str], now: datetime, owner: str = ""
) -> NewSecret:
    """Create a webhook for the actor or an organisation, and return it with its secret."""
    handle = resolve_owner(actor=actor, handle=owner)
    _refuse_role(actor, handle, OWNING_ROLES)
    address, chosen, secret = refuse_bad_address(url), _known_types(types), new_secret()
    with transaction.atomic():
        Owner.objects.select_for_update().get(pk=handle.pk)
        if handle.webhooks.count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks(_("An owner has at most %(most)d webhooks.") % {"most": MOST_WEBHOOKS})
        webhook = Webhook.objects.create(
            owner=handle, url=address, types=chosen, secret=encrypt_webhook_secret(secret), created_at=now
        )
        _record(AuditAction.WEBHOOK_CREATE, webhook, types=chosen)
    return NewSecret(webhook, secret)


def change_webhook(
    *,
    actor: Actor,
    public_id: UUID,
    url: str | None = None,
    types: Iterable[str] | None = None,
    enabled: bool | None = None,
) -> Webhook:
    """Change the address or the types of a webhook, or enable or disable it; what waits is kept."""
    with transaction.atomic():
        webhook = owned_webhook(actor=actor, public_id=public_id, roles=OWNING_ROLES)
        if url is not None:
            webhook.url = refuse_bad_address(url)
        if types is not None:
            webhook.types = _known_types(types)
        if enabled is not None and enabled != webhook.enabled:
            webhook.enabled = enabled
            webhook.disabled_reason = "" if enabled else DisabledReason.OWNER
            webhook.failing_since = None
        webhook.save(update_fields=["url", "types", "enabled", "disabled_reason", "failing_since"])
        _record(AuditAction.WEBHOOK_CHANGE, webhook, types=webhook.types, enabled=webhook.enabled)
    return webhook


def delete_webhook(*, actor: Actor, public_id: UUID) -> None:
    """Delete a webhook with its log; nothing more is sent."""
    with transaction.atomic():
        webhook = owned_webhook(actor=actor, public_id=public_id, roles=OWNING_ROLES)
        _record(AuditAction.WEBHOOK_DELETE, webhook)
        webhook.delete()


def rotate_secret(*, actor: Actor, public_id: UUID, now: datetime) -> NewSecret:
    """Give a webhook a new secret; for a day, the former one signs as well."""
    secret = new_secret()
    with transaction.atomic():
        webhook = owned_webhook(actor=actor, public_id=public_id, roles=OWNING_ROLES)
        webhook.former_secret, webhook.former_until = webhook.secret, now + ROTATION
        webhook.secret = encrypt_webhook_secret(secret)
        webhook.save(update_fields=["secret", "former_secret", "former_until"])
        _record(AuditAction.WEBHOOK_ROTATE, webhook)
    return NewSecret(webhook, secret)


def send_test(*, actor: Actor, public_id: UUID, now: datetime) -> WebhookDelivery:
    """Send a test notice to one webhook. Raises TestedTooOften."""
    with transaction.atomic():
        webhook = owned_webhook(actor=actor, public_id=public_id)
        tests = Notice.objects.filter(owner=webhook.owner, type=NoticeType.WEBHOOK_TEST)
        recent = tests.filter(created_at__gt=now - TEST_WINDOW).values_list("created_at", flat=True)
        if len(recent) >= TESTS:
            refusal = TestedTooOften(_("Too many tests. Try again in some minutes."))
            refusal.retry_after_s = int((min(recent) + TEST_WINDOW - now).total_seconds()) + 1
            raise refusal
        notice = notify(
            type=NoticeType.WEBHOOK_TEST,
            subject=str(webhook.public_id),
            now=now,
            owner=webhook.owner,
            data={"webhook": str(webhook.public_id)},
        )
        Notice.objects.filter(pk=notice.pk).update(fanned_out_at=now)
        delivery = WebhookDelivery.objects.create(webhook=webhook, notice=notice, next_at=now, created_at=now)
        _record(AuditAction.WEBHOOK_TEST, webhook)
        transaction.on_commit(lambda: wake_worker(NOTIFY))
    return delivery


def replay_delivery(*, actor: Actor, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """Send a delivery again, with the same webhook-id. Raises NotReplayable."""
    with transaction.atomic():
        delivery = WebhookDelivery.objects.select_related("webhook").filter(public_id=delivery_id).first()
        if delivery is None:
            raise UnknownWebhook(_("There is no such delivery."))
        webhook = owned_webhook(actor=actor, public_id=delivery.webhook.public_id)
        ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.PENDING)
        if not ended.filter(sent_at__lte=now - REPLAY_EVERY).update(
            state=DeliveryState.PENDING, attempts=0, next_at=now, lease_until=None
        ):
            raise NotReplayable(_("A delivery that waits or was sent within a minute is not sent again."))
        _record(AuditAction.WEBHOOK_REPLAY, webhook)
        transaction.on_commit(lambda: wake_worker(NOTIFY))
    delivery.refresh_from_db()
    return delivery


def owned_webhook(
    *, actor: Actor, public_id: UUID, roles: frozenset[MemberRole] = SUBMITTING_ROLES
) -> Webhook:
    """Return a webhook of the actor or their organisation, locked. Raises UnknownWebhook, NotPermitted."""
    locked = Webhook.objects.select_for_update(of=("self",)).select_related("owner")
    webhook = locked.filter(public_id=public_id).first()
    if webhook is None or role_in(actor, webhook.owner) is None:
        raise UnknownWebhook(_("You have no such webhook."))
    _refuse_role(actor, webhook.owner, roles)
    return webhook


@transaction.atomic
def encrypt_webhook_secrets_anew() -> int:
    """Encrypt the secrets of all webhooks by the present SECRET_KEY, and return how many there are."""
    webhooks = list(Webhook.objects.select_for_update())
    for webhook in webhooks:
        webhook.secret = encrypt_anew(webhook.secret)
        webhook.former_secret = encrypt_anew(webhook.former_secret) if webhook.former_secret else ""
        webhook.save(update_fields=["secret", "former_secret"])
    return len(webhooks)


def _refuse_role(actor: Actor, owner: Owner, roles: frozenset[MemberRole]) -> None:
    if not acts_for(actor, owner, roles):
        raise NotPermitted(_("Your role in this organisation does not allow it. Ask one of its owners."))


def _known_types(types: Iterable[str]) -> list[str]:
    chosen, known = set(types), [kind.value for kind in SUBSCRIBED_TYPES]
    if not chosen or chosen - set(known):
        unknown = ", ".join(sorted(chosen - set(known)))
        message = _("There is no type '%(types)s'.") % {"types": unknown} if unknown else _("Name a type.")
        raise UnknownType(message, allowed=known)
    return [name for name in known if name in chosen]


def _record(action: AuditAction, webhook: Webhook, **after: object) -> None:
    record_event(action=action, object_type="webhook", object_id=webhook.public_id, after=after)
