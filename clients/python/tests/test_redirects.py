"""The token goes to the service's origin only, and reading alone follows redirects."""

from __future__ import annotations

import httpx
import pytest
from lagline import LaglineError, UnexpectedResponse

from tests.support import TOKEN, URL, Both, Script, row


def redirect(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


@pytest.mark.parametrize("location", ["/api/v1/models/new", f"{URL}/api/v1/models/new", f"{URL}:443/m"])
def test_a_redirect_within_the_origin_keeps_the_token(both: Both, location: str) -> None:
    script = Script([redirect(location), row({"slug": "new"})])
    assert both.call(script, "model", "old")["slug"] == "new"
    assert [request.headers["authorization"] for request in script.requests] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "https://lagline.example.evil.example/",
        "https://lagline.example:8443/",
        "//evil.example/",
    ],
)
def test_a_redirect_to_another_origin_loses_it_and_gets_it_back_at_home(both: Both, location: str) -> None:
    script = Script([redirect(location), redirect(f"{URL}/back"), row({})])
    both.call(script, "model", "m")
    sent = [request.headers.get("authorization") for request in script.requests]
    assert sent == [f"Bearer {TOKEN}", None, f"Bearer {TOKEN}"]


@pytest.mark.parametrize(
    "location",
    [
        "http://lagline.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://lagline.example@evil.example/",
        "https://lagline.example\\@evil.example/",
        "https://lagline.example\t.evil.example/",
    ],
)
def test_a_redirect_without_encryption_or_to_no_web_address_is_refused(both: Both, location: str) -> None:
    script = Script([redirect(location) for _ in range(5)])
    with pytest.raises(LaglineError, match=r"without encryption|address that is none|connection .* broke"):
        both.call(script, "model", "m")
    assert {str(request.url) for request in script.requests} == {f"{URL}/api/v1/models/m"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_post_is_refused_and_sent_nowhere_else(both: Both, status: int) -> None:
    script = Script([redirect("https://evil.example/x", status)])
    with pytest.raises(UnexpectedResponse, match=r"redirects a POST to https://evil\.example"):
        both.call(script, "submit", suite="mini", model="m")
    assert len(script.requests) == 1


def test_redirects_without_an_end_are_refused(both: Both) -> None:
    script = Script([redirect("/again") for _ in range(6)])
    with pytest.raises(UnexpectedResponse, match="redirects more than 5 times"):
        both.call(script, "model", "m")
