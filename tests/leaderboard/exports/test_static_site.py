"""The site as files: every link resolves on a plain file server, and nothing needs a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from lxml import html
from pytest_django.fixtures import Settings

from leaderboard.exports import static_site
from leaderboard.exports.static_site import pack_site
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.rate_limiter import Rate
from tests.leaderboard.exports.test_export import MADE, SECRETS, filled
from tests.support.cohorts import published_again, two_cohorts
from tests.support.record import make_benchmark

__all__ = ["filled"]
pytestmark = pytest.mark.django_db


class Quiet(SimpleHTTPRequestHandler):
    """A file server as Python has it, without a line for each file."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def published() -> None:
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")), models=6)
    for estimate in published_again(0)[:2]:
        draw_estimate_charts(estimate=estimate, language="en")


BUILT: list[tuple[Path, dict[str, int]]] = []


@pytest.fixture
def site_folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, int]]:
    """Build the site once for all tests that only look at it."""
    if not BUILT:
        request.getfixturevalue("published")
        request.getfixturevalue("filled")
        folder = tmp_path_factory.mktemp("site")
        counts = pack_site(folder / "site.zip", now=MADE)
        with ZipFile(folder / "site.zip") as archive:
            archive.extractall(folder / "site")
        BUILT.append((folder / "site", counts))
    return BUILT[0]


@pytest.fixture
def served(site_folder: tuple[Path, dict[str, int]]) -> Iterator[tuple[str, Path, dict[str, int]]]:
    folder, counts = site_folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", folder, counts
    server.shutdown()
    thread.join()
    server.server_close()


def links(page: html.HtmlElement) -> Iterator[str]:
    for attribute in ("href", "src", "srcset", "action"):
        yield from page.xpath(f"//@{attribute}")


def test_every_link_of_every_page_resolves_on_a_file_server(served: Any) -> None:
    base, folder, counts = served
    waiting, seen, outside = [base], set(), set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        with urlopen(address) as answer:
            content = answer.read()
            if answer.headers.get_content_type() != "text/html":
                continue
        page = html.document_fromstring(content.decode())
        ids = set(page.xpath("//@id"))
        for link in links(page):
            target, fragment = urldefrag(urljoin(address, link))
            if not target.startswith(base):
                outside.add(urlsplit(target).netloc)
                continue
            assert link.startswith(("#", "http")) or not link.startswith("/"), f"{link} needs a root"
            if target == address and fragment:
                assert fragment in ids, f"{link} of {address}"
            elif target not in seen and target not in waiting:
                waiting.append(target)
    pages = set(folder.rglob("*.html"))
    assert len(pages) == counts["pages"] > 30
    assert {base + str(file.relative_to(folder)) for file in pages} <= seen | {f"{base}index.html"}
    assert "127.0.0.1:8000" in outside, "the service that it is a copy of, and no other link to it"
    assert counts["left_out"] == 0


def test_no_page_needs_a_script_a_form_or_the_service(served: Any) -> None:
    _, folder, _ = served
    for path in folder.rglob("*.html"):
        markup = path.read_text()
        assert not re.search(r"<script|<form|\shx-|data-specs", markup), path
        assert "A copy of" in markup or "127.0.0.1:8000" in markup
        assert re.findall(r'(?:href|src)="http://127\.0\.0\.1:8000([^"]*)"', markup) == [""], path
    home = (folder / "index.html").read_text()
    assert 'href="models/index.html"' in home
    assert (folder / "charts").is_dir()
    assert "<svg" in next(folder.glob("charts/**/*.svg")).read_text()


def test_the_other_languages_have_their_front_pages_and_lead_on_to_the_english_ones(served: Any) -> None:
    _, folder, _ = served
    for language in ("zh-hans", "vi"):
        assert f'lang="{language}"' in (folder / language / "index.html").read_text()
        models = (folder / language / "models" / "index.html").read_text()
        assert 'href="../../models/m-one/index.html"' in models
        assert not (folder / language / "models" / "m-one").exists()


def test_the_queue_and_who_submitted_are_not_in_it(served: Any) -> None:
    _, folder, _ = served
    assert not (folder / "queue").exists()
    for path in folder.rglob("*"):
        for secret in SECRETS if path.is_file() else ():
            assert secret.encode() not in path.read_bytes(), f"{secret} in {path}"


def test_an_export_is_not_limited_as_a_reader_is(
    filled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.READ_RATE = Rate(1, 86_400)
    monkeypatch.setattr(static_site, "MAX_PAGES", 5)
    assert pack_site(tmp_path / "site.zip", now=MADE)["pages"] == 5


def test_it_ends_at_its_most_pages_with_every_link_whole(
    filled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_site, "MAX_PAGES", 5)
    counts = pack_site(tmp_path / "site.zip", now=MADE)
    assert counts["pages"] == 5
    assert counts["left_out"] > 3
    with ZipFile(tmp_path / "site.zip") as archive:
        names = set(archive.namelist())
        home = html.document_fromstring(archive.read("index.html").decode())
    assert {link for link in links(home) if not link.startswith(("#", "http"))} <= names


def test_the_same_record_gives_the_same_bytes(filled: None, tmp_path: Path) -> None:
    packed = []
    for name in ("one", "two"):
        pack_site(tmp_path / name, now=MADE)
        packed.append((tmp_path / name).read_bytes())
    assert packed[0] == packed[1]
