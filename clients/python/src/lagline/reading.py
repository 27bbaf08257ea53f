"""Flows that read lists and single rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lagline.errors import NotFound, RecordChanged, UnexpectedResponse
from lagline.exchange import Access, exchange
from lagline.flows import Flow
from lagline.messages import Response, get
from lagline.rows import Meta, Row, Rows

PAGE_SIZE = 500
"""Rows of a page: the most that the service gives."""

READS_OF_A_LIST = 3
HEADLINE_FIELDS = "id,follower,leader,benchmark,domain,scope,as_of,state"


class Pages:
    """The pages of a list, read in order; `count` is the number of all rows, as the service states."""

    def __init__(
        self,
        access: Access,
        path: tuple[object, ...],
        parameters: Mapping[str, object],
        size: int = PAGE_SIZE,
    ) -> None:
        self.access, self.path, self.parameters, self.size = access, path, parameters, size
        self.count = 0
        self._next: int | None = 1

    def read_next(self) -> Flow[Rows | None]:
        """Return the next page; None after the last one.

        Of the address of the next page only the number is used, so it leads to no other place.
        """
        if self._next is None:
            return None
        number = {"page": self._next} if self._next > 1 else {}
        request = get(
            self.access.service.api(*self.path), {**self.parameters, "page_size": self.size, **number}
        )
        page = (yield from exchange(self.access, request)).json()
        self.count, self._next = page.get("count", 0), _next_number(page, self._next)
        return Rows(_list_of(page), Meta.parse(_object_of(page, "meta")))


def read_list(access: Access, *path: object, filters: Mapping[str, object] | None = None) -> Flow[Rows]:
    """Return the rows of a list from all its pages, which are of one version of the data.

    The list is read again if the record changes in between. Raises RecordChanged if it does so every time.
    """
    parameters = dict(filters or {})
    limit = parameters.pop("limit", None)
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError("limit is the number of rows to return, at least 1.")
    if {"page", "page_size"} & set(parameters):
        raise TypeError("All pages are read; use limit= for fewer rows.")
    for _ in range(READS_OF_A_LIST):
        pages = Pages(access, path, parameters, min(limit or PAGE_SIZE, PAGE_SIZE))
        rows = yield from _read_pages(pages, limit)
        if rows is not None:
            return rows
    raise RecordChanged("The record changes while the list is read; try again in a minute.")


def read_row(access: Access, *path: object, parameters: Mapping[str, object] | None = None) -> Flow[Row]:
    """Return a single row."""
    response = yield from exchange(access, get(access.service.api(*path), parameters))
    return parse_row(response)


def read_table(access: Access, *path: object) -> Flow[Rows]:
    """Return the rows of an address that has no pages."""
    content = (yield from exchange(access, get(access.service.api(*path)))).json()
    return Rows(_list_of(content), Meta.parse(_object_of(content, "meta")))


def read_headline(access: Access, follower: str, leader: str, domain: str, as_of: object) -> Flow[Row]:
    """Return the newest estimate of the lag over all benchmarks, or those of a domain. Raises NotFound."""
    filters = {"follower": follower, "leader": leader, "domain": domain or None, "as_of": as_of}
    rows = yield from read_list(access, "lags", filters=filters | {"fields": HEADLINE_FIELDS})
    for row in rows:
        if row.get("benchmark") is None:
            return (yield from read_row(access, "lags", row["id"]))
    raise NotFound(404, "not_found", f"No lag of {follower} behind {leader} is published.")


def parse_row(response: Response) -> Row:
    """Return the row of a response. Raises UnexpectedResponse."""
    content = response.json()
    return Row(_object_of(content, "data"), Meta.parse(_object_of(content, "meta")))


def _read_pages(pages: Pages, limit: int | None) -> Flow[Rows | None]:
    """Return the rows of all pages; None if they are of different versions of the data."""
    rows: Rows | None = None
    while limit is None or rows is None or len(rows) < limit:
        page = yield from pages.read_next()
        if page is None:
            break
        if rows is None:
            rows = page
        elif rows.data_version != page.data_version:
            return None
        else:
            rows.extend(page)
    if rows is not None and limit is not None:
        del rows[limit:]
    return rows


def _next_number(page: Mapping[str, Any], current: int) -> int | None:
    following = page.get("next")
    if not following:
        return None
    number = parse_qs(urlsplit(str(following)).query).get("page", [""])[0]
    if not number.isdecimal() or int(number) <= current:
        raise UnexpectedResponse("The address of the next page names no later page.")
    return int(number)


def _object_of(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if not isinstance(value, dict):
        raise UnexpectedResponse(f"The response has no {name!r}; is it the address of a Lagline?")
    return value


def _list_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = content.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedResponse("The response has no list of rows; is it the address of a Lagline?")
    return rows


def split_path(path: str) -> list[str]:
    """Return the parts of a path below /api/v1/, such as `price/frontier`."""
    return path.strip("/").split("/")
