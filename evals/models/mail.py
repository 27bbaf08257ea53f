"""Subscriptions to mails about notices: by accounts, and by readers for one topic; and what is to be sent."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.notices import Notice


class MailSubscription(models.Model):
    """An account's wish for mails of one type, or a reader's for one topic, confirmed by a link."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Ends it, by a link.")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="mail_subscriptions",
    )
    address = models.EmailField(blank=True, help_text="Of a reader; stored for these mails alone.")
    topic = models.CharField(max_length=160, help_text="Of an account, a type of notices.")
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirm_sent_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When its last mail was begun.")
    made_from = models.CharField(max_length=32, blank=True, help_text="A keyed hash of the reader's address.")
    made_network = models.CharField(max_length=32, blank=True, help_text="The same of the wider network.")
    made_account = models.CharField(max_length=32, blank=True, help_text="The same of the account, if any.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["topic"], name="mail_by_topic")]
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, address="") | (Q(account__isnull=True) & ~Q(address="")),
                name="mail_goes_to_an_account_or_an_address",
            ),
            models.UniqueConstraint(
                fields=["account", "topic"],
                condition=Q(account__isnull=False),
                name="account_subscribes_once",
            ),
            models.UniqueConstraint(
                fields=["address", "topic"], condition=~Q(address=""), name="address_subscribes_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.account or self.address}"


class MailItemState(models.TextChoices):
    """The state of a notice for a mail; what stays in `sending` was perhaps sent, and is not sent again."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("begun: perhaps sent")
    SENT = "sent", _("sent")


class MailItem(models.Model):
    """A notice to be mailed to a subscription, in a mail with others."""

    subscription = models.ForeignKey(MailSubscription, on_delete=models.CASCADE, related_name="items")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mail_items")
    state = models.CharField(max_length=7, choices=MailItemState, default=MailItemState.WAITING)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subscription"], name="mail_waiting", condition=Q(state="waiting"))]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "notice"], name="notice_is_mailed_once"),
            models.CheckConstraint(condition=Q(state__in=MailItemState.values), name="mail_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.notice} ({self.state})"
