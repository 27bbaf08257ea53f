"""The rate limits on reads, behind the page cache: a cached page is neither counted nor refused.

A reader without an account spends from two allowances, of its own address and of the wider network around it;
an account has one of its own, wherever it reads from. Every web process counts for itself.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from leaderboard.api.authentication import bearer_token
from leaderboard.api.problems import ProblemDetails, problem_response
from leaderboard.client_address import network_address, wider_network
from leaderboard.rate_limiter import Allowance, Balance, Rate, RateLimiter

logger = logging.getLogger(__name__)

READS = ("GET", "HEAD", "OPTIONS")
API = "/api/"
TOO_MANY_REQUESTS = 429
NETWORK_FACTOR = 2  # what a wider network may read, in allowances of one address
ACCOUNT_FACTOR = 4
MOST_CLIENTS = 20_000  # about 5 MB
WARNING_INTERVAL_S = 60

# In units of about 5 ms of computing, measured on the starter catalogue; what is not listed costs USUAL_COST.
USUAL_COST = 4
COSTS = {
    "pages:healthz": 0,
    "pages:chart-spec": 1,
    "pages:chart-svg": 1,
    "pages:chart-png": 1,
    "pages:home": 12,
    "pages:models": 12,
    "pages:benchmark": 12,
    "pages:lag": 30,
    "pages:explore": 12,
    "pages:card": 20,
    "pages:data-file": 20,
    "sitemap": 50,
    "api:bill": 80,
    "api:schema": 40,
}
CSV_COST = 60  # at least, for all rows of a list
AS_OF_COST = 12  # in addition

limiter = RateLimiter(MOST_CLIENTS)


class ReadLimitMiddleware:
    """Middleware that counts reads, refuses those beyond the rate with 429, and writes the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.refused = 0
        self.warned_at = -math.inf

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count the request, if it is a read of somebody else's."""
        rate: Rate | None = settings.READ_RATE
        if rate is None or request.method not in READS or hasattr(request, "uncounted"):
            return self.get_response(request)
        cost = _cost(request)
        if not cost:
            return self.get_response(request)
        now = time.monotonic()
        balances = limiter.spend(_allowances(request, rate), cost=cost, now=now)
        scarcest = max(balances, key=lambda balance: (balance.wait_s, _share_spent(balance)))
        if scarcest.wait_s > 0:
            self._report(request, now)
            response: HttpResponseBase = _refuse(request, math.ceil(scarcest.wait_s))
        else:
            response = self.get_response(request)
        response["RateLimit-Policy"] = ", ".join(
            f'"{allowance.policy}";q={allowance.rate.units};w={allowance.rate.period_s}'
            for allowance in (balance.allowance for balance in balances)
        )
        response["RateLimit"] = (
            f'"{scarcest.allowance.policy}";r={scarcest.remaining};t={math.ceil(scarcest.full_in_s)}'
        )
        return response

    def _report(self, request: HttpRequest, now: float) -> None:
        """Warn at most once a minute, with the number of refusals since."""
        self.refused += 1
        if now - self.warned_at >= WARNING_INTERVAL_S:
            logger.warning(
                "Reads beyond READ_RATE were refused (%d); the last came from the network of %s.",
                self.refused,
                wider_network(request),
            )
            self.refused, self.warned_at = 0, now


def _share_spent(balance: Balance) -> float:
    return balance.full_in_s / balance.allowance.rate.period_s


def _cost(request: HttpRequest) -> int:
    """Return the units that a request costs."""
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return USUAL_COST
    cost = COSTS.get(name, USUAL_COST)
    if request.path_info.startswith(API) and _wants_csv(request):
        cost = max(cost, CSV_COST)
    return cost + AS_OF_COST if cost and "as_of" in request.GET else cost


def _wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv" or "text/csv" in request.headers.get("Accept", "")


def _allowances(request: HttpRequest, rate: Rate) -> list[Allowance]:
    """Return what a request spends from: its account's, or its address's and its network's."""
    account = _account(request)
    if account is not None:
        return [Allowance("account", str(account.pk), rate.times(ACCOUNT_FACTOR))]
    return [
        Allowance("address", network_address(request), rate),
        Allowance("network", wider_network(request), rate.times(NETWORK_FACTOR)),
    ]


def _account(request: HttpRequest) -> AbstractBaseUser | None:
    """Return the account of a request; without credentials the database is not asked."""
    if request.path_info.startswith(API) and (token := bearer_token(request)):
        return token.user
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return request.user
    return None


def _refuse(request: HttpRequest, wait_s: int) -> HttpResponse:
    if request.path_info.startswith(API):
        sentence = f"Too many requests from your network or account. Try again in {wait_s} seconds."
        problem = ProblemDetails(TOO_MANY_REQUESTS, "throttled", sentence, wait_s=wait_s)
        response: HttpResponse = problem_response(request, problem)
    else:
        # Without the request: the page needs no query.
        response = HttpResponse(render_to_string("too_many_reads.html", {"seconds": wait_s}))
    response.status_code = TOO_MANY_REQUESTS
    response["Retry-After"] = str(wait_s)
    response["Cache-Control"] = "no-store"
    return response
