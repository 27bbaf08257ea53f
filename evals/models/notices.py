"""Notices: notable events of owners and topics, from which webhooks, mails, feeds and streams are made."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.owners import Owner

HEADLINE = "headline"
MODEL_TOPIC = "model:"  # and the slug of the model


class NoticeType(models.TextChoices):
    """What a notice says; the names are those of webhook events. The column has no choices."""

    SUBMISSION_QUEUED = "submission.queued", _("submission queued")
    SUBMISSION_APPROVED = "submission.approved", _("submission approved")
    SUBMISSION_REJECTED = "submission.rejected", _("submission rejected")
    SUBMISSION_CHANGES = "submission.changes_requested", _("changes to a submission requested")
    SUBMISSION_STARTED = "submission.started", _("submission started")
    SUBMISSION_PAUSED = "submission.paused", _("submission paused")
    SUBMISSION_HELD = "submission.held", _("submission held by the service")
    SUBMISSION_FINISHED = "submission.finished", _("submission finished")
    SUBMISSION_FAILED = "submission.failed", _("submission failed")
    SUBMISSION_CANCELLED = "submission.cancelled", _("submission cancelled")
    SCORES_PUBLISHED = "scores.published", _("scores published")
    MODEL_CONFIRMED = "model.confirmed", _("model confirmed")
    MODEL_REJECTED = "model.rejected", _("model rejected")
    MODEL_CHANGES = "model.changes_requested", _("changes to a proposed model requested")
    PREFLIGHT_ENDED = "preflight.ended", _("preflight ended")
    KEY_DELETED = "key.deleted", _("key deleted")
    WEBHOOK_DISABLED = "webhook.disabled", _("webhook disabled")
    WEBHOOK_TEST = "webhook.test", _("test of a webhook")
    HEADLINE_CHANGED = "headline.changed", _("headline changed")
    MODEL_SCORES_CHANGED = "model.scores_changed", _("scores of a model changed")


TOPIC_TYPES = frozenset({NoticeType.HEADLINE_CHANGED, NoticeType.MODEL_SCORES_CHANGED})
SUBSCRIBED_TYPES = tuple(kind for kind in NoticeType if kind != NoticeType.WEBHOOK_TEST)


class Notice(models.Model):
    """A notable event of an owner or a topic, written in the transaction of the change; never edited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    topic = models.CharField(max_length=160, blank=True, help_text="headline, or model: and a slug.")
    type = models.CharField(max_length=40)
    subject = models.CharField(max_length=300, help_text="What it is about, as readers see it.")
    data = models.JSONField(default=dict, help_text="Ids and codes for programs; no secret, no message.")
    created_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(
        null=True, blank=True, help_text="When its deliveries and mails were written."
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="notice_of_owner"),
            models.Index(fields=["topic", "-id"], name="notice_of_topic", condition=~Q(topic="")),
            models.Index(fields=["id"], name="notice_to_fan_out", condition=Q(fanned_out_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, topic="") | (Q(owner__isnull=True) & ~Q(topic="")),
                name="notice_has_an_owner_or_a_topic",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.subject}"
