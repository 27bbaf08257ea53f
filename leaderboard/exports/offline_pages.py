"""Convert a page to an offline file: links lead to other files, and what needs the service is removed."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

LINKS = (("a", "href"), ("link", "href"), ("img", "src"), ("source", "srcset"))
REMOVED = "//script | //form | //noscript | //link[not(@rel='stylesheet' or @rel='icon')]"
SCRIPTED = ("hx-", "data-spec", "data-vega")
Place = Callable[[str], str | None]


def linked_addresses(page: bytes, address: str) -> Iterator[str]:
    """Yield the addresses of this service that a page links to, without fragments."""
    for element, attribute in _links(_parsed(page)):
        if (target := _own(element.get(attribute), address)) is not None:
            yield urldefrag(target).url


def offline_page(page: bytes, *, address: str, file: str, place: Place, note: str) -> bytes:
    """Return the offline version of a page; `place` maps an address to its file, or to None."""
    tree = _parsed(page)
    for element in tree.xpath(REMOVED):
        element.drop_tree()
    for element in tree.iter():
        for name in [name for name in element.attrib if name.startswith(SCRIPTED)]:
            del element.attrib[name]
    for element, attribute in list(_links(tree)):
        if (target := _own(element.get(attribute), address)) is not None:
            _lead(element, attribute, target, file, place)
    main = tree.find(".//main")
    if main is not None:
        paragraph = html.fragment_fromstring(note, create_parent="p")
        paragraph.set("class", "as-of")
        paragraph.set("role", "note")
        main.addprevious(paragraph)
    return bytes(html.tostring(tree, doctype="<!DOCTYPE html>", encoding="utf-8"))


def _parsed(page: bytes) -> html.HtmlElement:
    return html.document_fromstring(page.decode())


def _links(tree: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    for tag, attribute in LINKS:
        for element in tree.iter(tag):
            if element.get(attribute):
                yield element, attribute


def _own(value: str, address: str) -> str | None:
    """Return the absolute path of a link, or None if it stays on the page or leaves the service."""
    if value.startswith(("#", "//")) or urlsplit(value).scheme:
        return None
    return urljoin(address, value)


def _lead(element: html.HtmlElement, attribute: str, link: str, file: str, place: Place) -> None:
    """Point a link at its file; without a file, remove a picture and keep a link's text."""
    target, fragment = urldefrag(link)
    there = place(target)
    if there is not None:
        way = posixpath.relpath(there, posixpath.dirname(file) or ".")
        element.set(attribute, f"{way}#{fragment}" if fragment else way)
    elif element.tag == "a":
        del element.attrib[attribute]
    else:
        element.drop_tree()
