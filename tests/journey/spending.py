"""The operator pays: a cap, a submission above it that waits, an approval, a rejection with its reason."""

from __future__ import annotations

from tests.journey.arrival import ORGANISATION, SUITE
from tests.journey.journey import Journey
from tests.journey.people import wait_for
from tests.journey.provider import MODEL
from tests.journey.publication import log_in_again

MODEL_SLUG, ENDPOINT = "house-1", "house-api"
CAP_USD, ABOVE_USD, APPROVED_USD = "0.01", "3", "2"  # a run costs three cents
REASON = "We pay for one run of a model each month."
ITEMS = 300


def the_operator_registers_an_endpoint(journey: Journey) -> str:
    """Register a model and an endpoint whose calls the operator pays for, by commands."""
    manage, provider = journey.world.manage, journey.world.operator_provider
    developer = journey.operator.get("developers")[0]["slug"]
    manage("model", MODEL_SLUG, "--name", "House 1", "--developer", developer, "--openness", "open")
    manage(
        "endpoint", ENDPOINT, "--model", MODEL_SLUG, "--provider", "house", "--protocol", "openai-chat",
        "--base-url", provider.base_url, "--api-model", MODEL, "--credential", "OPERATOR", "--internal",
        "--input-usd-per-mtok", "1", "--output-usd-per-mtok", "2", "--max-concurrency", "16",
    )  # fmt: skip
    provider.count_from_now()
    return f"{ENDPOINT} at {provider.base_url}"


def above_the_cap_a_submission_waits(journey: Journey) -> str:
    """Without a cap of its own the lab gets nothing for free: its submission waits for review."""
    lab = journey.seen_by = journey.lab
    log_in_again(journey)
    lab.open("/submit/")
    lab.fill(endpoint=ENDPOINT, suite=SUITE, owner=ORGANISATION, budget_usd=ABOVE_USD)
    lab.press("Estimate")
    lab.press("Confirm and submit")
    journey.notes["paid"] = lab.path().strip("/").rpartition("/")[2]
    state = lab.get(f"submissions/{journey.notes['paid']}")["state"]
    assert state == "PENDING_REVIEW", state
    return lab.text()[:200]


def the_operator_caps_the_lab(journey: Journey) -> str:
    """Set what the lab may spend without a review, in the admin."""
    operator = journey.seen_by = journey.operator
    operator.open("/admin/evals/spendingcap/")
    operator.page.get_by_role("link", name=ORGANISATION).first.click()
    for name in ("usd_per_day", "usd_per_month"):
        operator.page.locator(f"[name={name}]").fill(CAP_USD)
    with operator.page.expect_navigation():
        operator.page.locator("[name=_save]").click()
    quotas = str(journey.lab.get("account/quotas"))
    assert CAP_USD in quotas, quotas
    state = journey.lab.get(f"submissions/{journey.notes['paid']}")["state"]
    assert state == "PENDING_REVIEW", f"{ABOVE_USD} is above the cap of {CAP_USD}, yet it is {state}"
    assert journey.world.operator_provider.stats()["calls"] == 0, "nothing is sent before the approval"
    return f"{ORGANISATION}: {CAP_USD} USD a day; {state}"


def the_operator_approves(journey: Journey) -> str:
    """Approve with an amount, which becomes the budget; then it runs to its end."""
    operator = journey.seen_by = journey.operator
    operator.open("/moderation/")
    operator.page.locator("#reviews ~ ul a").first.click()
    operator.fill(approved_usd=APPROVED_USD)
    operator.press("Approve")
    address = f"submissions/{journey.notes['paid']}"
    wait_for(lambda: journey.lab.get(address)["state"] == "FINISHED", "the approved run ends")
    row = journey.lab.get(address)
    assert [float(budget["limit_usd"]) for budget in row["budgets"][:1]] == [float(APPROVED_USD)], row[
        "budgets"
    ]
    spent = row["progress"]["cost_usd"]
    assert 0 < float(spent) <= float(APPROVED_USD), spent
    provider = journey.world.operator_provider
    assert provider.requests() == {1: ITEMS}, f"{provider.requests()} {provider.stats()}"
    assert provider.keys == {journey.world.operator_key}, "another key was sent there"
    text = operator.open(f"/submissions/{journey.notes['paid']}/")
    return f"{spent} USD of {APPROVED_USD}; {ITEMS} requests, each once. {text[:120]}"


def the_operator_rejects_with_a_reason(journey: Journey) -> str:
    """Reject a rerun, with a reason that everybody can read."""
    lab, operator, reader = journey.lab, journey.operator, journey.reader
    lab.open(f"/submissions/{journey.notes['paid']}/")
    lab.press("Ask everything anew")
    again = lab.path().strip("/").rpartition("/")[2]
    calls = journey.world.operator_provider.stats()["calls"]
    state = lab.get(f"submissions/{again}")["state"]
    operator.open(f"/submissions/{again}/")
    assert state == "PENDING_REVIEW", state
    operator.fill(reason=REASON)
    operator.press("Reject")
    journey.seen_by = reader
    text = reader.open(f"/submissions/{again}/")
    assert REASON in text, text
    assert reader.get(f"submissions/{again}")["state"] == "REJECTED"
    assert journey.world.operator_provider.stats()["calls"] == calls, "a rejected submission made calls"
    return text[:200]
