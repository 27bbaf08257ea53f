"""Atom feeds of new records, changed estimates and corrections."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evals import queries as record
from evals.models import Correction, Owner, Submission
from leaderboard import queries
from leaderboard.models import EstimateChange
from leaderboard.pages.templatetags.labels import cohort
from leaderboard.pages.templatetags.numbers import decimal, percent, signed
from leaderboard.presenters.composite import FrontierRecord, frontier_records

NEWEST = 100


class SiteFeed(Feed):  # type: ignore[type-arg]  # generic for the type checker alone
    """A feed whose links start with the public URL, whatever the host of the request."""

    feed_type = Atom1Feed
    about: str  # the page whose news it has

    def link(self) -> str:
        """Return the address of its page."""
        return settings.PUBLIC_URL + reverse(self.about)

    def get_feed(self, obj: Any, request: Any) -> Any:
        """Return the feed with its own address under the public URL."""
        self.feed_url = settings.PUBLIC_URL + request.path
        return super().get_feed(obj, request)


class RecordsFeed(SiteFeed):
    """Every record in the newest estimate over all benchmarks, newest first."""

    title = gettext_lazy("Lagline: new records")
    subtitle = gettext_lazy("Models that became the best of the Chinese or of the US ones, by release date.")
    about = "pages:home"

    def items(self) -> list[FrontierRecord]:
        """Return the newest records."""
        estimate = queries.composite_lag()
        return frontier_records(estimate)[:NEWEST] if estimate else []

    def item_title(self, item: FrontierRecord) -> str:
        """Return the model and its cohort."""
        return _("%(model)s is the best model so far: %(cohort)s") % {
            "model": item.name,
            "cohort": cohort(item.country),
        }

    def item_description(self, item: FrontierRecord) -> str:
        """Return its level, and the probability of the record."""
        level = _("Capability %(level)s logits.") % {"level": decimal(item.level, 2)}
        if item.share is None:
            return level
        sure = _("Probability that it set the record: %(share)s.") % {"share": percent(item.share)}
        return f"{level} {sure}"

    def item_link(self, item: FrontierRecord) -> str:
        """Return the model's page."""
        return settings.PUBLIC_URL + reverse("pages:model", args=[item.slug])

    def item_pubdate(self, item: FrontierRecord) -> datetime:
        """Return the day of its release."""
        return datetime.combine(item.on, time.min, UTC)

    item_updateddate = item_pubdate


class EstimatesFeed(SiteFeed):
    """Every change of a published lag over all benchmarks, newest first."""

    title = gettext_lazy("Lagline: changes of the estimates")
    subtitle = gettext_lazy("By how much each published lag moved, and what of its data had changed.")
    about = "pages:changes"

    def items(self) -> QuerySet[EstimateChange]:
        """Return the newest changes."""
        return queries.estimate_changes()[:NEWEST]

    def item_title(self, item: EstimateChange) -> str:
        """Return the lag and its change."""
        sides = {"follower": cohort(item.estimate.follower), "leader": cohort(item.estimate.leader)}
        if item.moved_months is None:
            return _("%(follower)s behind %(leader)s: published anew, not comparable") % sides
        moved = {"moved": signed(item.moved_months)}
        return _("%(follower)s behind %(leader)s: moved by %(moved)s months") % (sides | moved)

    def item_description(self, item: EstimateChange) -> str:
        """Return the number of changed entries of the data."""
        return _("Changed entries of the data: %(n)s.") % {"n": item.n_changes}

    def item_link(self, item: EstimateChange) -> str:
        """Return the estimate's page."""
        return settings.PUBLIC_URL + reverse("pages:lag", args=[item.estimate_id])

    def item_updateddate(self, item: EstimateChange) -> datetime:
        """Return when the change was found."""
        return item.found_at


class CorrectionsFeed(SiteFeed):
    """Every correction of the record, newest first."""

    title = gettext_lazy("Lagline: corrections of the record")
    subtitle = gettext_lazy("What was changed or withdrawn, and why.")
    about = "pages:corrections"

    def items(self) -> QuerySet[Correction]:
        """Return the newest corrections."""
        return record.corrections()[:NEWEST]

    def item_title(self, item: Correction) -> str:
        """Return what was corrected."""
        return str(item)

    def item_description(self, item: Correction) -> str:
        """Return each value before and after, and the reason."""
        changed = "; ".join(f"{name}: {was!r} → {is_!r}" for name, (was, is_) in item.changes.items())
        return f"{changed or 'withdrawn'}. {item.reason} {item.source}".strip()

    def item_link(self, item: Correction) -> str:
        """Return the address of the correction."""
        query = urlencode({"subject": item.subject})
        return f"{settings.PUBLIC_URL}{reverse('pages:corrections')}?{query}#c{item.pk}"

    def item_updateddate(self, item: Correction) -> datetime:
        """Return when it was corrected."""
        return item.corrected_at


class OwnerFeed(SiteFeed):
    """The submissions of a person or an organisation, as everybody sees them, newest first."""

    def get_object(self, request: HttpRequest, handle: str) -> Owner:
        """Return the owner. Raises Http404."""
        owner = record.owner(handle)
        if owner is None:
            raise Http404(_("There is no owner “%(handle)s”.") % {"handle": handle[:200]})
        return owner

    def title(self, obj: Owner) -> str:
        """Return whose submissions these are."""
        return _("Lagline: submissions of %(owner)s") % {"owner": obj.name or obj.handle}

    def link(self, obj: Owner) -> str:  # type: ignore[override] # the others are about one page
        """Return the page of the queue."""
        return settings.PUBLIC_URL + reverse("pages:queue")

    def items(self, obj: Owner) -> QuerySet[Submission]:
        """Return the newest submissions."""
        return record.submissions(owner=obj.handle)[:NEWEST]

    def item_title(self, item: Submission) -> str:
        """Return the model and the suite."""
        return f"{item.endpoint.model.name} · {item.suite.name} {item.suite.version}"

    def item_description(self, item: Submission) -> str:
        """Return the state; why it failed is for its owner."""
        return str(item.get_state_display())

    def item_link(self, item: Submission) -> str:
        """Return the submission's page."""
        return settings.PUBLIC_URL + reverse("pages:submission", args=[item.public_id])

    def item_updateddate(self, item: Submission) -> datetime:
        """Return when its state last changed."""
        return item.finished_at or item.started_at or item.created_at


FEEDS = {"records": RecordsFeed, "estimates": EstimatesFeed, "changes": CorrectionsFeed}
