"""A second lab, with all the rights of an account, tries what is the first lab's: by pages and by the API."""

from __future__ import annotations

from tests.journey.arrival import ORGANISATION, SUITE, confirm_address, create_account, make_token
from tests.journey.journey import Journey
from tests.journey.people import Person

NAME, PASSWORD, ADDRESS = "omar", "five brown owls in a barn", "omar@omega.example"
NOT_ALLOWED = (400, 403, 404)
FIXED = ("base_url", "api_model", "shared_with", "vouched_by", "enabled")
OTHER_KEY = "sk-omega-7e2f9a1c4d8b"


def a_second_lab_arrives(journey: Journey) -> str:
    """Create a second account with a token."""
    journey.seen_by = journey.stranger
    create_account(journey.stranger, NAME, ADDRESS, PASSWORD)
    confirm_address(journey.stranger, ADDRESS)
    return make_token(journey.stranger, PASSWORD)


def it_cannot_see(journey: Journey) -> str:
    """Its lists, forms and pages do not have the first lab's endpoint, organisation, webhook and proposal."""
    stranger, endpoint = journey.stranger, journey.notes["endpoint"]
    assert stranger.get("account/endpoints") == []
    assert stranger.get("account/webhooks") == []
    form = stranger.open("/submit/")
    assert endpoint not in stranger.page.content(), form
    pages = (
        f"/account/endpoints/{endpoint}/",
        f"/account/organisations/{ORGANISATION}/",
        journey.notes["proposal"],
        journey.notes["webhook"],
    )
    refused = [refused_page(stranger, path) for path in pages]
    refused += [refused_call(stranger, "GET", f"account/endpoints/{endpoint}")]
    refused += [refused_call(stranger, "GET", f"account/endpoints/{endpoint}/preflight")]
    shown = str(stranger.get(f"submissions/{journey.notes['submission']}"))
    assert journey.world.lab_provider.base_url not in shown, "the address of the endpoint is shown"
    return "; ".join(refused)


def it_cannot_use(journey: Journey) -> str:
    """It cannot submit to the endpoint, estimate its cost, run its preflight, or act as the organisation."""
    stranger, endpoint = journey.stranger, journey.notes["endpoint"]
    calls = journey.world.lab_provider.stats()["calls"]
    body = {"endpoint": endpoint, "suite": SUITE}
    refused = [
        refused_call(stranger, "POST", "submissions", body),
        refused_call(stranger, "POST", "submissions", body | {"owner": ORGANISATION}),
        refused_call(stranger, "POST", "submissions", {"model": journey.notes["model"], "suite": SUITE}),
        refused_call(stranger, "GET", f"estimate?endpoint={endpoint}&suite={SUITE}"),
        refused_call(stranger, "POST", f"account/endpoints/{endpoint}/preflight", {}),
        refused_page(stranger, f"/submit/?endpoint={endpoint}&suite={SUITE}"),
        refused_form(stranger, "/submit/", body),
        refused_form(stranger, f"/account/endpoints/{endpoint}/preflight/", {}),
    ]
    assert journey.world.lab_provider.stats()["calls"] >= calls
    return "; ".join(refused)


def it_cannot_cancel(journey: Journey) -> str:
    """It can neither cancel, pause, rerun nor change the submission."""
    stranger, submission = journey.stranger, journey.notes["submission"]
    before = journey.lab.get(f"submissions/{submission}")["state"]
    refused = [
        refused_call(stranger, "POST", f"submissions/{submission}/{action}", {})
        for action in ("cancel", "pause", "resume", "rerun", "rescore", "approve")
    ]
    refused += [refused_call(stranger, "PATCH", f"submissions/{submission}", {"budget_calls": 1})]
    refused += [refused_call(stranger, "PATCH", f"submissions/{submission}", {"embargo_until": None})]
    text = stranger.open(f"/submissions/{submission}/")
    assert not stranger.page.get_by_role("button", name="Cancel").count(), text
    for action in ("cancel", "pause", "embargo", "budget"):
        refused += [refused_form(stranger, f"/submissions/{submission}/{action}/", {"budget_calls": "1"})]
    after = journey.lab.get(f"submissions/{submission}")
    assert after["state"] in (before, "RUNNING", "FINISHED"), after
    assert not after["paused_at"], after
    stranger.open(f"/submissions/{submission}/")
    return f"{len(refused)} tries: {'; '.join(refused)}"


def it_cannot_replace(journey: Journey) -> str:
    """It can neither replace the key, the address, the sharing, the webhook nor the model's score."""
    stranger, endpoint, model = journey.stranger, journey.notes["endpoint"], journey.notes["model"]
    before = journey.lab.get(f"account/endpoints/{endpoint}")
    at, page = f"account/endpoints/{endpoint}", f"/account/endpoints/{endpoint}/"
    refused = [
        refused_call(stranger, "PUT", f"{at}/key", {"key": OTHER_KEY}),
        refused_call(stranger, "DELETE", f"{at}/key"),
        refused_call(stranger, "PATCH", at, {"shared_with": [NAME]}),
        refused_call(stranger, "PATCH", at, {"base_url": journey.world.operator_provider.base_url}),
        refused_call(stranger, "DELETE", at),
        refused_call(stranger, "DELETE", f"account/webhooks/{journey.notes['webhook'].split('/')[-2]}"),
        refused_form(stranger, f"{page}key/", {"key": OTHER_KEY}),
        refused_form(stranger, f"{page}key/delete/", {}),
        refused_form(stranger, f"{page}sharing/", {"shared_with": NAME}),
        refused_form(stranger, f"{page}delete/", {}),
        refused_form(stranger, f"/account/verification/vouch/{endpoint}/", {}),
    ]
    own = stranger.call(
        "POST",
        "account/endpoints",
        {
            "name": "copy",
            "model": model,
            "protocol": "openai-chat",
            "base_url": journey.world.operator_provider.base_url,
            "api_model": "sim-large",
        },
    )
    assert own.status_code == 201, own.text  # its own endpoint of the same model: nobody vouches for that
    assert own.json()["data"]["vouched_by"] not in ("developer", "operator"), own.text
    after = journey.lab.get(at)
    assert {name: after[name] for name in FIXED} == {name: before[name] for name in FIXED}, after
    assert after["key"] is None or after["key"]["created_at"] == before["key"]["created_at"], after["key"]
    stranger.open("/account/endpoints/")
    return f"{len(refused)} tries: {'; '.join(refused)}"


def refused_call(person: Person, method: str, path: str, body: object = None) -> str:
    """Call the API, which must refuse; return what was tried and the status."""
    response = person.call(method, path, body)
    assert response.status_code in NOT_ALLOWED, (
        f"{method} {path}: {response.status_code} {response.text[:200]}"
    )
    return f"{method} {path.partition('?')[0].rpartition('/')[2]} {response.status_code}"


def refused_page(person: Person, path: str) -> str:
    """Open a page, which must not be there."""
    response = person.page.request.get(path)
    assert response.status in NOT_ALLOWED, f"{path}: {response.status}"
    return f"page {response.status}"


def refused_form(person: Person, path: str, fields: dict[str, str]) -> str:
    """Send a form as the browser would, with its token, which must be refused."""
    cookie = next(row["value"] for row in person.context.cookies() if "csrftoken" in row["name"])
    response = person.page.request.post(
        path, form={**fields}, headers={"X-CSRFToken": cookie, "Referer": person.world.url}, max_redirects=0
    )
    assert response.status in NOT_ALLOWED, f"form {path}: {response.status}"
    return f"form {path.strip('/').rpartition('/')[2]} {response.status}"
