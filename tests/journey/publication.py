"""The developer is verified, the model confirmed, and the scores published when the embargo ends."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from tests.journey.arrival import DEVELOPER, DOMAIN, LAB, LAB_ADDRESS, LAB_PASSWORD, MODEL_NAME, ORGANISATION
from tests.journey.journey import Journey
from tests.journey.people import wait_for
from tests.journey.world import OPERATOR, PASSWORD

CHECKED_EVERY_S = 600.0
NO_SCORE = "No score of this model is on record."


def claim_the_developer(journey: Journey) -> str:
    """The lab claims the developer for its organisation, by a TXT record."""
    lab = journey.seen_by = journey.lab
    lab.open("/account/verification/")
    developer = next(row["slug"] for row in lab.get("developers") if row["name"] == DEVELOPER)
    lab.fill(organisation=ORGANISATION, developer=developer, method="dns", domain=DOMAIN)
    text = lab.press("Claim it")
    assert DOMAIN in text, text
    return text[:300]


def the_operator_sets_up_a_second_factor(journey: Journey) -> str:
    """Staff work with two factors only."""
    operator = journey.seen_by = journey.operator
    text = operator.log_in(OPERATOR, PASSWORD)
    assert "second factor" in text, text
    operator.follow("Set up an authenticator app")
    if operator.page.locator("main [name=password]:visible").count():
        operator.fill(password=PASSWORD)
        operator.press("Confirm")
    journey.notes["totp"] = operator.page.get_by_label("Key", exact=True).input_value()
    operator.fill(code=operator.code(journey.notes["totp"]))
    operator.press("Set up")
    text = operator.open("/moderation/")
    assert {name for name in (MODEL_NAME, DEVELOPER) if name not in text} == set(), text
    return text[:300]


def a_moderator_confirms_the_domain(journey: Journey) -> str:
    """Confirm that the domain is the developer's; then the record is looked up and found."""
    operator, lab = journey.operator, journey.lab
    operator.page.locator("#claims ~ ul a").first.click()
    text = operator.press("It is the developer's")
    lab.open("/account/verification/")
    proof = lab.page.locator("main code").last.inner_text()
    journey.world.names.records[f"_lagline.{DOMAIN}"] = proof
    journey.world.clock.let_pass(CHECKED_EVERY_S)  # until the next regular check
    wait_for(lambda: "verified" in lab.open("/account/verification/"), "the proof is found")
    journey.seen_by = lab
    return f"{text[:120]} … {lab.text()[:200]}"


def a_moderator_confirms_the_model(journey: Journey) -> str:
    """Confirm the proposed model from its sources."""
    operator = journey.seen_by = journey.operator
    operator.open("/moderation/")
    operator.page.get_by_role("link", name=MODEL_NAME).first.click()
    text = operator.press("Confirm")
    page = journey.reader.open(f"/models/{journey.notes['model']}/")
    assert "unconfirmed" not in page.lower(), page
    return text[:200]


def the_developer_vouches(journey: Journey) -> str:
    """The verified organisation vouches for its endpoint: its score is the model's."""
    lab = journey.seen_by = journey.lab
    text = lab.open("/account/verification/")
    assert "omar--copy" not in text, "the unused endpoint of another lab is shown"
    lab.press("Vouch for it")
    vouched = lab.get(f"account/endpoints/{journey.notes['endpoint']}")["vouched_by"]
    assert vouched == "developer", vouched
    lab.open(f"/account/endpoints/{journey.notes['endpoint']}/")
    return f"vouched for by: {vouched}"


def the_scores_are_hidden(journey: Journey) -> str:
    """During the embargo everybody sees the run, nobody else its scores and answers."""
    reader, submission = journey.reader, journey.notes["submission"]
    journey.seen_by = reader
    own = journey.lab.get(f"submissions/{submission}")
    assert own["state"] == "FINISHED"
    assert reader.get("scores") == []
    public = reader.get(f"submissions/{submission}")
    assert (public["state"], public["scores"]) == ("FINISHED", []), public
    run = public["progress"]["runs"][0]["run_id"]
    assert reader.call("GET", f"runs/{run}/samples").status_code in (403, 404) or not reader.get(
        f"runs/{run}/samples"
    )
    assert NO_SCORE in reader.open(f"/models/{journey.notes['model']}/"), reader.text()
    text = reader.open(f"/submissions/{submission}/")
    assert f"they are published at {journey.notes['published on']}" in text, text
    assert journey.notes["submission"] in str(reader.get("submissions")), "every run is listed at once"
    journey.notes["run"] = str(run)
    return text[:250]


def the_embargo_ends(journey: Journey) -> str:
    """The day comes: the scores are published without anybody's action, and so are the answers."""
    reader, submission = journey.reader, journey.notes["submission"]
    day = datetime.fromisoformat(journey.notes["published on"]).date()
    journey.world.clock.move_to(datetime.combine(day, time.min, UTC) + timedelta(minutes=1))
    scores = wait_for(lambda: reader.get("scores"), "the scores are published")
    values = {row["benchmark"]: row["value"] for row in scores}
    assert {row["model"] for row in scores} == {journey.notes["model"]}, scores
    assert len(scores) == len(values) == 6, values  # five tasks and their mean, each once
    assert 0.75 < values["lagline-mini"] < 0.99, values  # it is right in nine of ten
    assert reader.get(f"runs/{journey.notes['run']}/samples"), "the answers are published with the scores"
    page = f"/models/{journey.notes['model']}/"
    wait_for(lambda: NO_SCORE not in reader.open(page), "the scores on the model's page, which is cached")
    mail = journey.world.mails.wait_for(LAB_ADDRESS, "published")
    assert reader.get(f"submissions/{submission}")["scores"]
    return f"{values}; mail: {mail.subject}"


def the_log_shows_every_use_of_the_key(journey: Journey) -> str:
    """The operator reads in the audit log when the key was used, and its deletion; never the key."""
    operator = journey.seen_by = journey.operator
    operator.log_in(OPERATOR, PASSWORD)  # the sessions of staff ended meanwhile
    if operator.page.locator("main [name=code]:visible").count():
        operator.fill(code=operator.code(journey.notes["totp"]))
        operator.press("Sign in")
    operator.open("/audit/?action=key.delete")
    assert journey.notes["endpoint"] in operator.text(), operator.text()
    text = operator.open("/audit/?action=key.use")
    uses = text.count(journey.notes["endpoint"])
    assert uses >= 3, text  # two preflights and the run
    assert journey.world.lab_key not in operator.page.content()
    return f"{uses} uses, and the deletion"


def the_lab_exports_nothing_of_others(journey: Journey) -> str:
    """A simulated world is not exported: nothing of it reaches a real record."""
    with journey.world.client() as client:
        meta = client.get("scores").json()["meta"]
    assert meta["simulated"] is True, meta
    return str(meta["citation"])


def log_in_again(journey: Journey) -> None:
    """Let the lab log in, if its session has ended."""
    if "Sign in" in journey.lab.open("/account/"):
        journey.lab.log_in(LAB, LAB_PASSWORD)
