"""The public pages as files: a copy of the site that any file server shows, and a browser without one.

It is made by the views themselves. English is whole; the other languages have the pages that the head of
every page leads to, and lead on to the English ones. It begins at the first page and follows links, so that
a new page is in it as soon as one leads there; at MOST_PAGES it ends, and says how many it has left out.
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
SERVED_ONLY = ("explore", "queue", "status", "submit", "login", "logout", "healthz", "robots")
OUTSIDE = re.compile(r"^/(admin|submissions|data/[^/]+)/")
FILE = re.compile(r"\.(svg|png|css|ico|json)$")
ESTIMATE = re.compile(r"^/api/v1/lags/\d+$")


def pack_site(path: Path, *, now: datetime) -> dict[str, int]:
    """Write the site to an archive; return how many pages and files are in it, and how many links are not."""
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
    """Addresses that lead from one another, each with the file that it becomes; answers wait in a folder."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, str] = {}
        self.left_out: set[str] = set()
        self.n_pages = 0
        self._folder = folder
        self._handler = WSGIHandler()
        with override(settings.LANGUAGE_CODE):
            self._served_only = {reverse(f"pages:{name}") for name in SERVED_ONLY}
        self._asked: set[str] = set()
        self._kept: dict[str, Path] = {}

    def follow(self, seeds: list[str]) -> None:
        """Ask for each address that is led to, the nearest to the first pages first."""
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
        """Return what an address answered, as its file is to be."""
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
        """Ask for an address and keep its answer, where it has one and there is room."""
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
                "HTTP_X_FORWARDED_PROTO": site.scheme,
                "SERVER_NAME": site.hostname,
                "SERVER_PORT": "80",
                "wsgi.url_scheme": site.scheme,
                "wsgi.input": BytesIO(),
            }
        )
        with override(None):
            response = self._handler.get_response(request)
        return (
            response.content if isinstance(response, HttpResponse) and response.status_code == 200 else None
        )

    def _target(self, link: str, here: str) -> str | None:
        """Return the address that a link leads to in the copy; a language without the page has English."""
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
    """Return the file that an address becomes, None where its answer is made for each question anew."""
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
    """Return a static file, collected or as it lies."""
    name = urlsplit(address).path.removeprefix(settings.STATIC_URL)
    if staticfiles_storage.exists(name):
        with staticfiles_storage.open(name) as file:
            return bytes(file.read())
    source = finders.find(name)
    return Path(str(source)).read_bytes() if source else None


@contextmanager
def _pages_made_anew() -> Iterator[None]:
    """Neither take a page that was kept for readers, nor keep one for them."""
    caches["pages"].clear()
    try:
        yield
    finally:
        caches["pages"].clear()
