"""Attacks by reading: computations that a link starts, filled queues, floods of addresses."""

from __future__ import annotations

from itertools import count as numbers
from itertools import islice

from tests.attacks.attack import Count
from tests.attacks.service import Service, csrf_token

WAITING = "leaderboard.EstimateRequest"
READS, COMPUTATIONS = 60, 60
FLOOD = 5000
ADDRESSES = (f"127.{10 + n // 250}.{n % 250}.1" for n in numbers())


def comparison(number: int) -> str:
    """Return a comparison that nobody has published; each number gives another."""
    day = f"2026-{number // 28 % 7 + 1:02}-{number % 28 + 1:02}"
    return f"without=model:model-{number % 40:03}&date={day}"


def compute_by_reading(service: Service) -> Count:
    """No GET and no HEAD of a comparison, its picture or its embed starts a computation."""
    count, before = Count(), service.count(WAITING)[WAITING]
    client = service.client(next(ADDRESSES))
    for text in map(comparison, range(READS // 5)):
        for method, path in (
            ("GET", f"/explore/?{text}"),
            ("HEAD", f"/explore/?{text}"),
            ("GET", f"/explore/frontiers.svg?{text}"),
            ("GET", f"/embed/?{text}"),
            ("GET", f"/api/v1/explore?{text}"),
        ):
            response = client.request(method, path)
            count.add(
                response.status_code < 500 and response.status_code != 202, f"{path}: {response.status_code}"
            )
    after = service.count(WAITING)[WAITING]
    count.add(after == before, f"{after - before} computations were started")
    return count


def fill_the_queue(service: Service) -> Count:
    """One network is refused after its quota, and others still compute."""
    count = Count()
    first, more = range(COMPUTATIONS), range(COMPUTATIONS, 2 * COMPUTATIONS)
    statuses = [compute(service, "127.51.1.1", number) for number in first]
    count.add(statuses.count(429) > COMPUTATIONS // 2, f"from one address: {sorted(set(statuses))}")
    statuses = [compute(service, f"127.51.1.{number}", number) for number in more]
    count.add(statuses.count(429) > COMPUTATIONS // 2, f"from one /24: {sorted(set(statuses))}")
    other = compute(service, "127.52.1.1", more.stop)
    count.add(other in (200, 202), f"another network got {other}")
    account = compute(service, "127.51.1.1", more.stop + 1, token="lab")
    count.add(account in (200, 202), f"an account got {account}")
    return count


def compute(service: Service, address: str, number: int, *, token: str = "") -> int:
    """Request a computation from an address, and return the status."""
    return service.client(address, token=token).post(f"/api/v1/explore?{comparison(number)}").status_code


def decorate_addresses(service: Service) -> Count:
    """Unknown parameters change no page, and the API names them."""
    count, client = Count(), service.client(next(ADDRESSES))
    for page in ("/", "/models/", "/trend/", "/method/"):
        plain = client.get(page)
        for number in range(10):
            response = client.get(page, params={"utm_source": f"x{number}", f"p{number}": "1"})
            same = response.status_code == 200 and response.headers.get("etag") == plain.headers.get("etag")
            count.add(same, f"{page} with utm_source: {response.status_code}")
    for path in ("models", "scores", "lags", "explore", "suites"):
        response = client.get(f"/api/v1/{path}", params={"utm_source": "x"})
        count.add(
            response.status_code == 400 and "utm_source" in response.text, f"{path}: {response.status_code}"
        )
    return count


def flood_of_reads(service: Service) -> Count:
    """A client that reads without end is slowed down with 429; the next one is answered."""
    count, client = Count(), service.client("127.53.1.1")
    statuses: set[int] = set()
    for number in range(FLOOD):
        response = client.get(f"/api/v1/models?page_size=1&page={number % 40 + 1}")
        statuses.add(response.status_code)
        if response.status_code == 429:
            count.add("retry-after" in response.headers, "429 without Retry-After")
            break
    else:
        count.add(False, f"{FLOOD} reads got {statuses}")
    other = service.client("127.54.1.1").get("/api/v1/models?page_size=1")
    count.add(other.status_code == 200, f"another network got {other.status_code}")
    count.add(bool(statuses) and max(statuses) < 500, f"statuses {statuses}")
    return count


def flood_of_disputes(service: Service) -> Count:
    """One network cannot close the form of disputes for others."""
    count = Count()
    statement = "This date is wrong, see the model card of the release."
    wanted = {
        "fact": "model:model-001:released_on",
        "statement": statement,
        "evidence": ["https://example.org/x"],
    }
    clients = [service.client(address) for address in islice(ADDRESSES, 1)]
    clients += [service.client(f"127.55.1.{n + 1}") for n in range(20)]
    statuses = [
        client.post("/api/v1/disputes", json=wanted | {"statement": f"{statement} {n}"}).status_code
        for n in range(500 // len(clients))
        for client in clients
    ]
    count.add(statuses.count(201) < 50, f"{statuses.count(201)} of {len(statuses)} disputes were taken")
    count.add(max(statuses) < 500, f"statuses {sorted(set(statuses))}")
    other = service.client("127.56.1.1")
    token = csrf_token(other, "/disputes/new?fact=model:model-002:released_on")
    count.add(bool(token), "the form is closed")
    lab = service.client("127.56.2.1", token="lab").post("/api/v1/disputes", json=wanted)
    count.add(lab.status_code in (200, 201), f"an account got {lab.status_code}: {lab.text[:200]}")
    return count
