"""The service's addresses, and a view that does nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from leaderboard.urls import urlpatterns as service


def bare(request: HttpRequest) -> HttpResponse:
    """Answer."""
    return HttpResponse("ok")


urlpatterns = [path("bare", bare), *service]
