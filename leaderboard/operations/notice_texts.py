"""The words of a notice and the address of its page, in the language in use."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from evals.models import MailSubscription, Notice, NoticeType
from evals.models.notices import HEADLINE, MODEL_TOPIC


def notice_label(notice: Notice) -> str:
    """Return what happened, such as: submission finished."""
    known = {kind.value: str(kind.label) for kind in NoticeType}
    return known.get(notice.type, notice.type)


def notice_summary(notice: Notice) -> str:
    """Return what happened to what, on one line."""
    label = notice_label(notice)
    return " ".join(f"{label[:1].upper()}{label[1:]}: {notice.subject}".split())


def notice_link(notice: Notice) -> str:
    """Return the address of the page that shows more."""
    data = notice.data
    if notice.topic == HEADLINE:
        path = reverse("pages:home")
    elif "submission" in data:
        path = reverse("pages:submission", args=[data["submission"]])
    elif "proposal" in data:
        path = reverse("pages:proposal", args=[data["proposal"]])
    elif "webhook" in data:
        path = reverse("webhook", args=[data["webhook"]])
    elif notice.type in (NoticeType.PREFLIGHT_ENDED, NoticeType.KEY_DELETED) and "endpoint" in data:
        path = reverse("account_endpoint", args=[data["endpoint"]])
    elif "model" in data:
        path = reverse("pages:model", args=[data["model"]])
    else:
        path = reverse("account-notifications")
    return f"{settings.PUBLIC_URL}{path}"


def topic_name(subscription: MailSubscription) -> str:
    """Return what a subscription is about."""
    if subscription.topic == HEADLINE:
        return _("the headline lag")
    if subscription.topic.startswith(MODEL_TOPIC):
        return _("the scores of %(model)s") % {"model": subscription.topic.removeprefix(MODEL_TOPIC)}
    return str(NoticeType(subscription.topic).label)
