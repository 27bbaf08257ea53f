"""The changelog of data as an Atom feed."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.utils.feedgenerator import Atom1Feed

from evals import queries as record
from evals.models import Correction

NEWEST = 100


class ChangesFeed(Feed):  # type: ignore[type-arg]  # generic for the type checker alone
    """Every correction of the record, newest first."""

    feed_type = Atom1Feed
    title = "Lagline: corrections of the record"
    subtitle = "What was changed or withdrawn, and why."
    link = f"{settings.PUBLIC_URL}/api/v1/corrections"

    def items(self) -> QuerySet[Correction]:
        """Return the newest corrections."""
        return record.corrections()[:NEWEST]

    def item_title(self, item: Correction) -> str:
        """Return what was corrected."""
        return str(item)

    def item_description(self, item: Correction) -> str:
        """Return what each value was and became, and why."""
        changed = "; ".join(f"{name}: {was!r} → {is_!r}" for name, (was, is_) in item.changes.items())
        return f"{changed or 'withdrawn'}. {item.reason} {item.source}".strip()

    def item_link(self, item: Correction) -> str:
        """Return where the correction stands in the API."""
        return f"{settings.PUBLIC_URL}/api/v1/corrections?table={item.table}&ordering=-corrected_at#{item.pk}"

    def item_updateddate(self, item: Correction) -> datetime:
        """Return when it was corrected."""
        return item.corrected_at
