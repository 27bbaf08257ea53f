"""Fetch a file from the internet: a public address only, over https, of a bounded size and time."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import aiohttp
from yarl import URL

from evals.engine.guard import AddressRefused, check_url, guarded_session, redirect_target
from evals.operations.refusals import Refused

MOST_BYTES = 256 * 2**20
TOTAL_S = 120.0
CONNECT_S = 15.0
MOST_REDIRECTS = 5
CHUNK = 2**16
OK = 200
MOVED = frozenset({301, 302, 303, 307, 308})
USER_AGENT = "lagline (import of published results)"


class FetchRefused(Refused):
    """An address that is not allowed, or whose response cannot be used."""

    code = "fetch_refused"
    field = "url"


def fetch(
    *, url: str, folder: Path, headers: dict[str, str] | None = None, internal_allowed: bool = False
) -> Path:
    """Download an address to a file of the folder, named as in the address. Raises FetchRefused."""
    try:
        return asyncio.run(_fetch(url, folder, headers or {}, internal_allowed))
    except AddressRefused as error:
        raise FetchRefused(str(error)) from None
    except TimeoutError:
        raise FetchRefused(f"{_host(url)} did not answer within {TOTAL_S:g} seconds.") from None
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(error.__cause__, AddressRefused):
            raise FetchRefused(str(error.__cause__)) from None
        raise FetchRefused(
            f"{_host(url)} cannot be reached ({type(error).__name__}): is there a network?"
        ) from None


async def _fetch(url: str, folder: Path, headers: dict[str, str], internal_allowed: bool) -> Path:
    timeout = aiohttp.ClientTimeout(total=TOTAL_S, sock_connect=CONNECT_S)
    address = check_url(url, internal_allowed=internal_allowed)
    async with guarded_session(internal_allowed=internal_allowed, timeout=timeout) as session:
        for _ in range(MOST_REDIRECTS + 1):
            _refuse_plain_http(address, internal_allowed)
            sent = {"User-Agent": USER_AGENT, **headers}
            async with session.get(address, allow_redirects=False, headers=sent) as answer:
                if answer.status not in MOVED:
                    return await _keep(answer, folder / _file_name(str(address)))
                location = answer.headers.get("Location", "")
            target = redirect_target(address, location, internal_allowed=internal_allowed)
            if target.origin() != address.origin():
                headers = {}  # a key is for the server that it was given for
            address = target
    raise FetchRefused(f"{address.host} redirects more than {MOST_REDIRECTS} times.")


def _refuse_plain_http(address: URL, internal_allowed: bool) -> None:
    if address.scheme != "https" and not internal_allowed:
        raise FetchRefused(f"Files are fetched over https only; this is {address.scheme}.")


async def _keep(answer: aiohttp.ClientResponse, path: Path) -> Path:
    if answer.status != OK:
        raise FetchRefused(f"{answer.url.host} answered {answer.status}.")
    left = MOST_BYTES
    with path.open("wb") as file:
        async for chunk in answer.content.iter_chunked(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise FetchRefused(f"{answer.url.host} sends more than {MOST_BYTES:,} bytes.")
            file.write(chunk)
    return path


def _file_name(url: str) -> str:
    """Return the last part of an address, as a name that is safe in a folder."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".")
    return kept[-120:] or "file"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
