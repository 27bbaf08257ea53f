"""Attacks by text: scripts, redirects, paths, hosts and spreadsheet formulas."""

from __future__ import annotations

import csv
import io
import socket
from urllib.parse import quote, urlsplit

from tests.attacks.attack import Count
from tests.attacks.seed import SCRIPT
from tests.attacks.service import PASSWORD, Service, csrf_token

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PAGES = (
    "/",
    "/models/",
    "/models/scripted/",
    "/explore/",
    "/compare/",
    "/disputes/new",
    "/login/",
    "/queue/",
)


def run_a_script(service: Service) -> Count:
    """A script in a name or an address is text on every page, and the policy allows no inline script."""
    count, client = Count(), service.client("127.30.1.1")
    for page in PAGES:
        for name in ("q", "sort", "page", "follower", "models", "fact", "next", "as_of", "benchmarks"):
            response = client.get(page, params={name: SCRIPT})
            policy = response.headers.get("content-security-policy", "")
            withstood = (
                SCRIPT not in response.text and "'unsafe-inline'" not in policy and "script-src" in policy
            )
            count.add(withstood, f"{page}?{name}")
    return count


def leave_by_a_redirect(service: Service) -> Count:
    """A login leads to no other site."""
    count = Count()
    for number, target in enumerate(
        (
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "https:evil.example",
        )
    ):
        client = service.client(f"127.30.2.{number + 1}")
        token = csrf_token(client, f"/login/?next={quote(target)}")
        fields = {"csrfmiddlewaretoken": token, "login": "lab", "password": PASSWORD}
        response = client.post("/login/", data=fields | {"next": target})
        host = urlsplit(response.headers.get("location", "")).netloc
        count.add(host in ("", urlsplit(service.url).netloc), f"{target} leads to {host}")
    return count


def read_other_files(service: Service) -> Count:
    """No path leaves the folder of the files that are published."""
    count = Count()
    for path in (
        "/data/../../etc/passwd",
        "/data/..%2f..%2fetc/passwd",
        "/data/2026-01-01/..%2f..%2fsecret_key",
        "/data/%2e%2e/secret_key",
        "/static/../../manage.py",
        "/static/..%2f..%2fmanage.py",
        "/static/%2e%2e/%2e%2e/leaderboard/settings.py",
        "/data/2026-01-01/%00",
        "/data/2026-01-01//etc/passwd",
    ):
        status, body = raw_get(service, path)
        count.add(
            status in (400, 404) and b"root:" not in body and b"DJANGO_SETTINGS" not in body,
            f"{path}: {status}",
        )
    return count


def forge_the_host(service: Service) -> Count:
    """A forged host appears in no link, and a line break in a value starts no header."""
    count = Count()
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        response = service.client("127.30.3.1").get("/login/", headers=headers)
        count.add("evil.example" not in response.text, f"{headers}: {response.status_code}")
    for path in ("/explore/?follower=a%0d%0aSet-Cookie:%20x=1", "/models/?as_of=%0d%0aX-Evil:%201"):
        response = service.client("127.30.3.1").get(path)
        count.add("x=1" not in str(response.headers) and "x-evil" not in response.headers, path)
    return count


def start_a_formula(service: Service) -> Count:
    """No text cell of a CSV starts a formula."""
    count, client = Count(), service.client("127.30.4.1")
    for path in ("models", "developers", "scores", "benchmarks", "lags"):
        response = client.get(f"/api/v1/{path}", params={"format": "csv"})
        for row in csv.reader(io.StringIO(response.text)):
            for cell in row:
                count.add(not cell.startswith(FORMULA_STARTS) or is_number(cell), f"{path}: {cell}")
    return count


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, such as -1.5."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def raw_get(service: Service, path: str) -> tuple[int, bytes]:
    """Send a path exactly as it is written; return status and body."""
    url = urlsplit(service.url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body
