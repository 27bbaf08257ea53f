"""Write the public pages as files: a copy of the site for any file server, or for a browser alone.

The views render the pages. English is complete; the other languages have the pages of the navigation, which
link to the English ones otherwise. A crawler follows the links from the home page, so a new page is
included once another links to it; after MAX_PAGES it stops, and the manifest counts the pages left out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language_from_path, gettext, override

from leaderboard.exports.offline_pages import linked_addresses, offline_page
from leaderboard.exports.packing import packing

MAX_PAGES = 3_000
SERVED_ONLY = (
    *("pages:explore", "pages:explore-link", "pages:queue", "pages:status", "pages:submit", "pages:healthz"),
    *("pages:robots", "account_login", "account_logout"),
)
OUTSIDE = re.compile(r"^/(account|admin|audit|submissions|data/[^/]+)/")
FILE = re.compile(r"\.(svg|png|css|ico|json)$")
ESTIMATE = re.compile(r"^/api/v1/lags/\d+$")


def pack_site(path: Path, *, now: datetime) -> dict[str, int]:
    """Write the site to an archive; return the numbers of pages, of files, and of pages left out."""
    with TemporaryDirectory() as folder, _pages_made_anew():
        crawl = _Crawl(Path(folder))
        crawl.follow(
            ["/", *(f"/{code}/" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)]
        )
        with packing(path) as archive:
            for address, file in crawl.files.items():
                archive.add(file, [crawl.as_file(address, now)])
            return {"pages": crawl.n_pages, "files": archive.n_files, "left_out": len(crawl.left_out)}


class _Crawl:
    """A crawler of this site: it maps each linked address to a file, and keeps the responses in a folder."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, str] = {}
        self.left_out: set[str] = set()
        self.n_pages = 0
        self._folder = folder
        self._handler = WSGIHandler()
        with override(settings.LANGUAGE_CODE):
            self._served_only = {reverse(name) for name in SERVED_ONLY}
        self._asked: set[str] = set()
        self._kept: dict[str, Path] = {}

    def follow(self, seeds: list[str]) -> None:
        """Request every linked address, breadth first."""
        waiting = deque(seeds)
        self._asked = set(seeds)
        while waiting:
            address = waiting.popleft()
            content = self._take(address)
            for link in linked_addresses(content, address) if content and self._is_page(address) else ():
                target = self._target(link, address)
                if target is not None and target not in self._asked:
                    self._asked.add(target)
                    waiting.append(target)

    def as_file(self, address: str, now: datetime) -> bytes:
        """Return the response of an address in its offline form."""
        content = self._kept[address].read_bytes()
        if not self._is_page(address):
            return content
        with override(get_language_from_path(urlsplit(address).path) or settings.LANGUAGE_CODE):
            note = format_html(
                gettext(
                    "A copy of {site}, made on {moment}. What only the service can do is not in it: "
                    "the queue, submitting, filters, sorting, moving charts."
                ),
                site=format_html('<a href="{0}">{0}</a>', settings.PUBLIC_URL),
                moment=f"{now:%Y-%m-%d %H:%M} UTC",
            )

        def place(link: str) -> str | None:
            target = self._target(link, address)
            return self.files.get(target) if target else None

        return offline_page(content, address=address, file=self.files[address], place=place, note=note)

    def _take(self, address: str) -> bytes | None:
        """Request an address and store its response, unless it fails or MAX_PAGES is reached."""
        page = self._is_page(address)
        if page and self.n_pages >= MAX_PAGES:
            self.left_out.add(address)
            return None
        content = _static(address) if address.startswith(settings.STATIC_URL) else self._answer(address)
        if content is None:
            return None
        kept = self._folder / str(len(self._kept))
        kept.write_bytes(content)
        self._kept[address], self.files[address] = kept, str(_file_of(address))
        self.n_pages += page
        return content

    def _answer(self, address: str) -> bytes | None:
        url, site = urlsplit(address), urlsplit(settings.PUBLIC_URL)
        request = WSGIRequest(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "HTTP_HOST": site.netloc,
                "SERVER_NAME": site.hostname,
                "SERVER_PORT": "80",
                "wsgi.url_scheme": site.scheme,
                "wsgi.input": BytesIO(),
            }
        )
        request.uncounted = True  # type: ignore[attr-defined] # no read of a visitor's
        with override(None):
            response = self._handler.get_response(request)
        return (
            response.content if isinstance(response, HttpResponse) and response.status_code == 200 else None
        )

    def _target(self, link: str, here: str) -> str | None:
        """Return a link's address in the copy, in English if it lacks the language; None without a file."""
        path = urlsplit(link).path
        code = get_language_from_path(path)
        plain = path.removeprefix(f"/{code}") if code else path
        if plain in self._served_only or OUTSIDE.match(plain) or _file_of(link) is None:
            return None
        if code is None or FILE.search(plain) or (plain.count("/") <= 2 and not urlsplit(link).query):
            return link
        same_language = get_language_from_path(urlsplit(here).path) == code
        return link.removeprefix(f"/{code}") if same_language else None

    def _is_page(self, address: str) -> bool:
        return str(_file_of(address)).endswith(".html")


def _file_of(address: str) -> str | None:
    """Return the file of an address, or None if its response depends on a query."""
    url = urlsplit(address)
    query = parse_qsl(url.query)
    if ESTIMATE.match(url.path) and not query:
        return f"{url.path[1:]}.json"
    if FILE.search(url.path):
        return url.path[1:]
    if not url.path.endswith("/") or url.path.startswith("/api/"):
        return None
    if not query:
        return f"{url.path[1:]}index.html"
    if len(query) == 1 and query[0][0] == "page" and query[0][1].isdecimal():
        return f"{url.path[1:]}page-{query[0][1]}.html"
    return None


def _static(address: str) -> bytes | None:
    """Return a static file, from the collected files or from its source; None if there is none."""
    name = urlsplit(address).path.removeprefix(settings.STATIC_URL)
    if staticfiles_storage.exists(name):
        with staticfiles_storage.open(name) as file:
            return bytes(file.read())
    source = finders.find(name)
    return Path(str(source)).read_bytes() if source else None


@contextmanager
def _pages_made_anew() -> Iterator[None]:
    """Empty the page cache before and after, so that pages are rendered anew and none stays cached."""
    _clear_page_cache()
    try:
        yield
    finally:
        _clear_page_cache()


def _clear_page_cache() -> None:
    for part in settings.PAGE_CACHES:
        caches[part].clear()
