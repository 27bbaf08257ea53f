"""Attacks on rights: what belongs to others, and what only operators may do."""

from __future__ import annotations

from tests.attacks.attack import Count
from tests.attacks.service import Service, csrf_token

REFUSED = {401, 403, 404, 405}
ACTIONS = ("cancel", "pause", "resume", "retry", "rerun", "rescore")


def change_anothers_submission(service: Service) -> Count:
    """Neither a stranger nor read-only staff nor another account changes a submission."""
    count = Count()
    for who in ("", "mallory", "watcher"):
        client = service.client("127.20.1.1", token=who)
        for public_id in (service.seeded["running"], service.seeded["failed"]):
            path = f"/api/v1/submissions/{public_id}"
            for action in ACTIONS:
                response = client.post(f"{path}/{action}")
                count.add(
                    response.status_code in REFUSED, f"{who or 'nobody'}: {action} {response.status_code}"
                )
            response = client.patch(path, json={"priority": 90, "budget_usd": "1000000"})
            count.add(response.status_code in REFUSED, f"{who or 'nobody'}: PATCH {response.status_code}")
    return count


def change_anothers_submission_on_its_page(service: Service) -> Count:
    """The buttons of a submission's page do nothing for another account."""
    count, client = Count(), service.logged_in("mallory", "127.20.2.1")
    path = f"/submissions/{service.seeded['running']}/"
    token = csrf_token(client, "/disputes/new?fact=model:model-001:released_on")
    for action in (*ACTIONS, "budget", "priority"):
        fields = {"csrfmiddlewaretoken": token, "budget_usd": "9", "priority": "9"}
        response = client.post(f"{path}{action}/", data=fields)
        count.add(response.status_code in REFUSED, f"{action}: {response.status_code}")
    return count


def set_fields_of_others(service: Service) -> Count:
    """A submission takes endpoint, suite and budget, and no field that the service sets."""
    count, client = Count(), service.client("127.20.3.1", token="mallory")
    for fields in ({"submitter": "root"}, {"priority": 100}, {"state": "FINISHED"}, {"id": 1}, {"turn": 0}):
        wanted = {"endpoint": service.seeded["endpoint"], "suite": "mini"} | fields
        response = client.post("/api/v1/submissions", json=wanted)
        count.add(response.status_code == 400, f"{fields}: {response.status_code}")
    return count


def write_without_csrf_token(service: Service) -> Count:
    """A form of another site does nothing with the session of a reader."""
    count, client = Count(), service.logged_in("lab", "127.20.4.1")
    public_id = service.seeded["running"]
    paths = ("/submit/", "/logout/", f"/submissions/{public_id}/cancel/")
    for headers in ({}, {"Origin": "https://evil.example", "Referer": "https://evil.example/"}):
        for path in paths:
            response = client.post(path, data={"endpoint": "x"}, headers=headers)
            count.add(response.status_code == 403, f"{path}: {response.status_code}")
        response = client.post(f"/api/v1/submissions/{public_id}/cancel", json={}, headers=headers)
        count.add(response.status_code == 403, f"API: {response.status_code}")
    return count


def open_the_admin(service: Service) -> Count:
    """The admin is closed to everyone who is not staff."""
    count = Count()
    clients = (service.client("127.20.5.1"), service.logged_in("mallory", "127.20.5.2"))
    for client in clients:
        for path in ("", "auth/user/", "evals/submission/", "evals/endpoint/", "evals/import/add/"):
            response = client.get(f"/admin/{path}")
            count.add(response.status_code in {302, *REFUSED}, f"/admin/{path}: {response.status_code}")
    return count
