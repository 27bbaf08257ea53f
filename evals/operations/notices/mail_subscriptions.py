"""Subscribe to mails and end it: accounts by type, readers by topic after they have confirmed it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from evals.models import MailSubscription, Model
from evals.models.notices import HEADLINE, MODEL_TOPIC, SUBSCRIBED_TYPES
from evals.operations.quotas import Counted, Of, Quota, Source, Things, refuse_exceeded
from evals.operations.refusals import Refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUOTAS = (
    Quota(Of.SUBSCRIBER, 5, HOUR),
    Quota(Of.NETWORK, 20, DAY),
    Quota(Of.ANONYMOUS, 2_000, DAY, waiting=True),
    Quota(Of.ACCOUNT, 30, DAY),
)
NEW_TO_AN_ADDRESS = 3  # within a day, so that nobody floods somebody else's mailbox
CONFIRMED_WITHIN = timedelta(days=3)
SALT = "lagline.mail.confirm"
is_mail_address = EmailValidator()


class BadMailAddress(Refused):
    """A text that is no e-mail address."""

    code = "bad_mail_address"
    field = "address"


class UnknownTopic(Refused):
    """A topic to which nobody can subscribe."""

    code = "unknown_topic"
    field = "topic"


def set_mail_types(
    *, account: AbstractBaseUser, types: Collection[str], language: str, now: datetime
) -> None:
    """Send an account mails of these types, in a language, and of no other type."""
    chosen = [kind.value for kind in SUBSCRIBED_TYPES if kind.value in types]
    with transaction.atomic():
        mine = MailSubscription.objects.filter(account_id=account.pk)
        mine.exclude(topic__in=chosen).delete()
        mine.update(language=language)
        for topic in chosen:
            MailSubscription.objects.get_or_create(
                account_id=account.pk,
                topic=topic,
                defaults={"language": language, "created_at": now, "confirmed_at": now},
            )


def subscribe_reader(*, address: str, topic: str, language: str, source: Source, now: datetime) -> None:
    """Ask an address to confirm that it wants mails on a topic.

    What happens is the same to see whether the address is known: nobody learns from it who reads what.
    """
    address = address.strip().lower()
    try:
        is_mail_address(address)
    except ValidationError:
        raise BadMailAddress(_("This is no e-mail address.")) from None
    _refuse_unknown_topic(topic)
    with transaction.atomic():
        refuse_exceeded(QUOTAS, _counted(), source=source, now=now)
        of_address = MailSubscription.objects.filter(address=address)
        if of_address.filter(topic=topic).exists():
            of_address.filter(topic=topic, confirmed_at=None, confirm_sent_at__lt=now - DAY).update(
                confirm_sent_at=None, created_at=now
            )
        elif of_address.filter(created_at__gt=now - DAY).count() < NEW_TO_AN_ADDRESS:
            MailSubscription.objects.create(
                address=address,
                topic=topic,
                language=language,
                created_at=now,
                made_from=source.subscriber,
                made_network=source.network,
                made_account=source.account,
            )


def confirmation_token(subscription: MailSubscription) -> str:
    """Return the token of the link that confirms a subscription."""
    return signing.dumps(str(subscription.key), salt=SALT)


def subscription_of(token: str) -> MailSubscription | None:
    """Return the subscription that a link confirms, or None if it is too old or forged."""
    try:
        key = signing.loads(token, salt=SALT, max_age=CONFIRMED_WITHIN)
    except signing.BadSignature:
        return None
    return MailSubscription.objects.filter(key=key).first()


def confirm_subscription(*, token: str, now: datetime) -> bool:
    """Confirm a subscription by its link; return False if the link is not valid."""
    subscription = subscription_of(token)
    if subscription is None:
        return False
    MailSubscription.objects.filter(pk=subscription.pk, confirmed_at=None).update(confirmed_at=now)
    return True


def unsubscribe(*, key: UUID) -> bool:
    """Delete a subscription with its address; return False if there is none any more."""
    return bool(MailSubscription.objects.filter(key=key).delete()[0])


def delete_unconfirmed(*, now: datetime) -> int:
    """Delete the subscriptions whose link was not used in time."""
    old = MailSubscription.objects.filter(confirmed_at=None, created_at__lt=now - CONFIRMED_WITHIN)
    return old.delete()[0]


def _refuse_unknown_topic(topic: str) -> None:
    slug = topic.removeprefix(MODEL_TOPIC)
    if topic != HEADLINE and (slug == topic or not Model.objects.filter(slug=slug).exists()):
        raise UnknownTopic(_("There is no such topic."), allowed=[HEADLINE, f"{MODEL_TOPIC}…"])


def _counted() -> Counted:
    return Counted(
        things=Things.SUBSCRIPTIONS,
        rows=MailSubscription.objects.filter(account=None),
        waiting=Q(confirmed_at=None),
        at="created_at",
        subscriber="made_from",
        network="made_network",
        account="made_account",
    )
