"""The `as_of` parameter of every address: answer from the record as it was known at an earlier time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from evals.queries import record_known_before
from leaderboard.api.problems import FieldError, ProblemDetails, problem_response

PARAMETER = "as_of"
OUTSIDE = ("/admin/", "/static/")
API = "/api/"
EVENTS = "text/event-stream"
LINK = re.compile(rb'((?:href|src|hx-get|srcset|data-specs?)=")(/(?!static/|admin/|/)[^"#?]*)(\?[^"#]*)?')
FORM = re.compile(rb"<form\b[^>]*>")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class InvalidAsOf(ValueError):
    """An `as_of` value that is not in the past, or that the request cannot have; the message says why."""


def parse_as_of(text: str, now: datetime) -> datetime:
    """Return the time before which facts were known: the end of a day, or an instant. Raises InvalidAsOf."""
    try:
        begins_at = datetime.fromisoformat(text)
        at = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min, UTC)
    except OverflowError:
        raise InvalidAsOf(_("as_of is {asked}: it has not come yet.").format(asked=repr(text))) from None
    except ValueError:
        at = _instant(text)
        begins_at = at
    begins = begins_at if begins_at.tzinfo else begins_at.replace(tzinfo=UTC)
    if begins > now:
        raise InvalidAsOf(
            _("as_of is {asked}: it has not come yet; today is {today}.").format(
                asked=repr(text[:40]), today=now.date().isoformat()
            )
        )
    return at


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in a query arrives as a space
    except ValueError:
        raise InvalidAsOf(
            _(
                "as_of is {asked}; it must be a day as YYYY-MM-DD, or a moment as YYYY-MM-DDTHH:MM:SSZ."
            ).format(asked=repr(text[:40]))
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class AsOfMiddleware:
    """Middleware that answers `?as_of=` requests from the record as it was known then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as of the requested time, or from the current record without `as_of`."""
        parameters = request.GET.getlist(PARAMETER)
        if not parameters or request.path.startswith(OUTSIDE) or _is_refused_by_view(request):
            return self.get_response(request)
        try:
            if len(parameters) > 1:
                raise InvalidAsOf(_("as_of stands twice in this address; it must stand there once."))
            if request.method not in ("GET", "HEAD"):
                raise InvalidAsOf(_("The past is only read: leave as_of away."))
            at = parse_as_of(parameters[0], timezone.now())
        except InvalidAsOf as refusal:
            return _refused(request, str(refusal))
        request.as_of = parameters[0]  # type: ignore[attr-defined]
        request.META.pop("HTTP_ACCEPT_ENCODING", None)  # links cannot be rewritten in a compressed page
        with record_known_before(at):
            return self._then(request, parameters[0])

    def _then(self, request: HttpRequest, as_of: str) -> HttpResponseBase:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith(EVENTS):
            refused = _refused(request, _("A stream of events has no past: leave as_of away."))
            refused._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
            return refused
        if response.streaming:  # its content would be read after the views of the past are dropped
            whole = HttpResponse(b"".join(response), status=response.status_code)
            whole.headers = response.headers
            return whole
        if isinstance(response, HttpResponse) and b"<html" in response.content[:200]:
            response.content = _linked(response.content, as_of)
        return response


def _is_refused_by_view(request: HttpRequest) -> bool:
    """Tell whether a view of the API refuses the parameter, or the method, by name."""
    return request.path.startswith(API) and request.method not in ("GET", "HEAD")


def _linked(page: bytes, as_of: str) -> bytes:
    """Add `as_of` to the links and forms of a page, so that a reader stays at the same time."""
    given = f"{PARAMETER}={quote(as_of)}".encode()

    def stay(link: re.Match[bytes]) -> bytes:
        query = link[3] + b"&amp;" if link[3] else b"?"
        return link[0] if link[3] and given in link[3] else link[1] + link[2] + query + given

    field = f'<input type="hidden" name="{PARAMETER}" value="{quote(as_of, safe=":")}">'.encode()
    return FORM.sub(lambda form: form[0] + field, LINK.sub(stay, page))


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    if request.path.startswith(API):
        problem = ProblemDetails(400, "invalid", sentence, errors=[FieldError(sentence, PARAMETER)])
        return problem_response(request, problem)
    return render(request, "refused.html", {"sentence": sentence}, status=400)
