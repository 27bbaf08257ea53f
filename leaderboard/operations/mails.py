"""Send mails from their rows: at most one for a subscription within an hour, and none twice.

A mail is claimed in the database before it is sent, and marked as sent afterwards. If the worker dies in
between, its items stay in the state `sending`: nobody knows whether it was sent, and it is not sent again.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from evals.models import MailItem, MailItemState, MailSubscription, Notice
from evals.operations.clock import Clock
from evals.operations.notices.mail_subscriptions import confirmation_token
from leaderboard.operations.notice_texts import notice_link, notice_summary, topic_name
from leaderboard.queries import verified_address

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
DROPPED_AFTER = timedelta(days=3)
MOST_NOTICES = 50
# After these errors the mail server has certainly not accepted a mail.
NOT_SENT = (
    ConnectionRefusedError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
)


def send_due_mails(*, clock: Clock, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send the confirmations and digests that are due; return how many mails were begun."""
    begun = 0
    for due, send in ((due_confirmations, send_confirmation), (due_digests, send_digest)):
        for subscription_id in due(clock()):
            if stopping():
                break
            begun += send(subscription_id, clock())
    return begun


def due_confirmations(now: datetime) -> list[int]:
    """Return the subscriptions of readers whose link was not sent yet."""
    new = MailSubscription.objects.filter(confirmed_at=None, confirm_sent_at=None)
    return list(new.values_list("pk", flat=True))


def due_digests(now: datetime) -> list[int]:
    """Return the subscriptions with waiting items that had no mail within an hour."""
    waiting = MailSubscription.objects.filter(_rested(now), items__state=MailItemState.WAITING)
    return list(waiting.distinct().values_list("pk", flat=True))


def _rested(now: datetime) -> Q:
    return Q(mailed_at=None) | Q(mailed_at__lte=now - EVERY)


def send_confirmation(subscription_id: int, now: datetime) -> bool:
    """Send the link that confirms a subscription, unless another worker has begun to."""
    new = MailSubscription.objects.filter(pk=subscription_id, confirm_sent_at=None)
    if not new.update(confirm_sent_at=now):
        return False
    subscription = MailSubscription.objects.get(pk=subscription_id)
    if not _send(confirmation(subscription)):
        MailSubscription.objects.filter(pk=subscription_id).update(confirm_sent_at=None)
    return True


def send_digest(subscription_id: int, now: datetime) -> bool:
    """Send the waiting notices of a subscription in one mail, unless another worker has begun to."""
    subscription, items = claim_digest(subscription_id, now)
    if subscription is None or not items:
        return False
    is_settled = _send(digest(subscription, [item.notice for item in items]))
    state = MailItemState.SENT if is_settled else MailItemState.WAITING
    MailItem.objects.filter(pk__in=[item.pk for item in items]).update(state=state)
    return True


@transaction.atomic
def claim_digest(subscription_id: int, now: datetime) -> tuple[MailSubscription | None, list[MailItem]]:
    """Begin a mail: from here on it is not begun again, whatever happens to this worker."""
    if not MailSubscription.objects.filter(_rested(now), pk=subscription_id).update(mailed_at=now):
        return None, []
    subscription = MailSubscription.objects.select_related("account").get(pk=subscription_id)
    waiting = MailItem.objects.filter(subscription=subscription, state=MailItemState.WAITING)
    waiting.filter(notice__created_at__lt=now - DROPPED_AFTER).delete()
    if not _recipient(subscription):
        waiting.delete()
        return None, []
    items = list(waiting.select_related("notice").order_by("notice_id")[:MOST_NOTICES])
    MailItem.objects.filter(pk__in=[item.pk for item in items]).update(state=MailItemState.SENDING)
    return subscription, items


def _send(message: EmailMessage) -> bool:
    """Send a mail; return False if the server has certainly not accepted it.

    After any other error nobody knows; the error is raised, and the mail stays begun.
    """
    try:
        message.send()
    except NOT_SENT as error:
        log.warning("A mail was not accepted (%s); it is tried again later.", type(error).__name__)
        return False
    return True


def confirmation(subscription: MailSubscription) -> EmailMessage:
    """Return the mail with the link that confirms a subscription."""
    with override(subscription.language):
        link = f"{settings.PUBLIC_URL}{reverse('mail-confirm', args=[confirmation_token(subscription)])}"
        lines = [
            _("Somebody, probably you, asked for mails about %(topic)s.")
            % {"topic": topic_name(subscription)},
            _("To receive them, open this address within three days:"),
            link,
            _("Otherwise do nothing: no other mail will be sent, and this address is deleted."),
        ]
        return _message(subscription, _("Confirm your subscription"), "\n\n".join(lines))


def digest(subscription: MailSubscription, notices: Sequence[Notice]) -> EmailMessage:
    """Return the mail of some notices."""
    with override(subscription.language):
        entries = [
            f"{notice_summary(notice)}\n{notice.created_at:%Y-%m-%d %H:%M} UTC\n{notice_link(notice)}"
            for notice in notices
        ]
        subject = notice_summary(notices[-1])
        if len(notices) > 1:
            more = len(notices) - 1
            subject += ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more}
        footer = _("You receive this because you subscribed to: %(topic)s.") % {
            "topic": topic_name(subscription)
        }
        ending = _("Unsubscribe: %(link)s") % {"link": _unsubscribe_link(subscription)}
        return _message(subscription, subject, "\n\n".join([*entries, f"-- \n{footer}\n{ending}"]))


def _message(subscription: MailSubscription, subject: str, body: str) -> EmailMessage:
    return EmailMessage(
        subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{' '.join(subject.split())}",
        body=f"{body}\n",
        to=[_recipient(subscription)],
        headers={
            "List-Unsubscribe": f"<{_unsubscribe_link(subscription)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _unsubscribe_link(subscription: MailSubscription) -> str:
    with override(subscription.language):
        return f"{settings.PUBLIC_URL}{reverse('mail-unsubscribe', args=[subscription.key])}"


def _recipient(subscription: MailSubscription) -> str:
    """Return the address, or an empty text for an account that has confirmed none or is inactive."""
    account = subscription.account
    return subscription.address if account is None else verified_address(account)
