"""The pages that the header, the footer and the sitemap link to; a new page needs one line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from leaderboard.presenters.labels import StrOrPromise


@dataclass(frozen=True)
class Entry:
    """A page by its URL name; `top`: in the header, `searched`: in the sitemap.

    A page without a URL is left out.
    """

    label: StrOrPromise
    name: str
    top: bool = False
    searched: bool = True


@dataclass(frozen=True)
class Group:
    """Pages about one subject."""

    label: StrOrPromise
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        _("The lag"),
        (
            Entry(_("The lag"), "pages:home", top=True),
            Entry(_("Explore"), "pages:explore", top=True),
            Entry(_("Trend"), "pages:trend", top=True),
            Entry(_("Why figures differ"), "pages:why"),
            Entry(_("What if"), "pages:what-if"),
            Entry(_("Open and closed"), "pages:open-closed"),
            Entry(_("Price"), "pages:price"),
            Entry(_("Adoption"), "pages:adoption"),
            Entry(_("Claims"), "pages:claims"),
            Entry(_("Subscribe by e-mail"), "mail-subscribe"),
            Entry(_("Countries"), "pages:countries"),
        ),
    ),
    Group(
        _("The models"),
        (
            Entry(_("Models"), "pages:models", top=True),
            Entry(_("Developers"), "pages:developers"),
            Entry(_("Benchmarks"), "pages:benchmarks", top=True),
            Entry(_("Suites"), "pages:suites"),
            Entry(_("Compare models"), "pages:compare"),
        ),
    ),
    Group(
        _("Evaluations"),
        (
            Entry(_("Queue"), "pages:queue", searched=False),
            Entry(_("Submit a model"), "pages:submit", searched=False),
            Entry(_("Status"), "pages:status", searched=False),
            Entry(_("Your account"), "account", searched=False),
        ),
    ),
    Group(
        _("How we know"),
        (
            Entry(_("Method"), "pages:method", top=True),
            Entry(_("Data"), "pages:data"),
            Entry(_("Changes"), "pages:changes"),
            Entry(_("Corrections"), "pages:corrections"),
            Entry(_("Disputes"), "pages:disputes"),
            Entry(_("Accessibility"), "pages:accessibility"),
            Entry(_("API"), "api:docs", searched=False),
        ),
    ),
    Group(
        _("Policies"),
        (
            Entry(_("Terms of use"), "pages:terms"),
            Entry(_("Privacy notice"), "pages:privacy"),
            Entry(_("Licence of submitted answers"), "pages:licence"),
            Entry(_("Takedown procedure"), "pages:takedown"),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """A link to a page in the active language."""

    label: StrOrPromise
    address: str
    top: bool
    current: bool


@dataclass(frozen=True)
class Navigation:
    """The navigation of a page: all links by group."""

    groups: tuple[tuple[StrOrPromise, tuple[Link, ...]], ...]

    @property
    def top(self) -> list[Link]:
        """Return the links in the header."""
        return [place for _, places in self.groups for place in places if place.top]


def build_navigation(request: HttpRequest) -> Navigation:
    """Build the navigation of a page, with the link to itself marked."""
    groups = ((group.label, tuple(_places(group, request.path))) for group in GROUPS)
    return Navigation(tuple((label, places) for label, places in groups if places))


def searchable_pages() -> list[str]:
    """Return the URL names of the pages in the sitemap."""
    entries = (entry for group in GROUPS for entry in group.entries)
    return [entry.name for entry in entries if entry.searched and _address_of(entry)]


def _places(group: Group, path: str) -> Iterator[Link]:
    for entry in group.entries:
        if address := _address_of(entry):
            yield Link(entry.label, address, entry.top, address == path)


def _address_of(entry: Entry) -> str | None:
    return _address(entry.name, get_urlconf(), get_language())


@cache
def _address(name: str, urlconf: str | None, language: str | None) -> str | None:
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return None
