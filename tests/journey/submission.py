"""The lab submits with an embargo, and follows its submission to the end."""

from __future__ import annotations

import json
import time
from datetime import timedelta

from tests.journey.arrival import LAB_ADDRESS, ORGANISATION, SUITE, WRONG_KEY
from tests.journey.journey import Journey
from tests.journey.people import wait_for

EMBARGO = timedelta(days=3)
ENDED = ("FINISHED", "FAILED", "CANCELLED", "REJECTED")
ITEMS = 300
MOST_SECONDS = 300  # the issue: five minutes


def see_the_estimate(journey: Journey) -> str:
    """Choose the suite and the day of the scores, and see what it costs."""
    lab = journey.lab
    lab.follow("Submit to it")
    journey.notes["published on"] = str(journey.world.clock.today() + EMBARGO)
    lab.fill(suite=SUITE, embargo_on=journey.notes["published on"])
    text = lab.press("Estimate")
    assert "What it would cost" in text, text
    estimate = lab.get(f"estimate?endpoint={journey.notes['endpoint']}&suite={SUITE}")
    assert estimate["calls"] == ITEMS, estimate
    return text[text.index("What it would cost") :]


def confirm_the_submission(journey: Journey) -> str:
    """Confirm the estimate: the submission is in the queue, for everybody to see."""
    lab = journey.lab
    journey.world.lab_provider.count_from_now()  # from here, each request is counted
    text = lab.press("Confirm and submit")
    journey.notes["submission"] = lab.path().strip("/").rpartition("/")[2]
    seconds = time.monotonic() - journey.started_at
    assert seconds < MOST_SECONDS, f"{seconds:.0f} seconds from sign-up to the queue"
    queue = journey.reader.open("/queue/")
    assert "Alpha 1" in queue, queue
    journey.notes["seconds to the queue"] = f"{seconds:.1f}"
    return f"from sign-up to the queue: {seconds:.1f} s. {text[:160]}"


def follow_it_to_the_end(journey: Journey) -> str:
    """Read the stream of events, and see the open page change by itself."""
    lab, address = journey.lab, f"submissions/{journey.notes['submission']}"
    states: list[str] = []
    with journey.world.client(lab.token) as client:
        until = time.monotonic() + 180
        while (not states or states[-1] not in ENDED) and time.monotonic() < until:
            with client.stream("GET", f"{address}/events") as stream:
                for line in stream.iter_lines():
                    if line.startswith("data:") and line.strip() != "data:":
                        state = json.loads(line.removeprefix("data:")).get("state", "")
                        states += [state] if state and state not in states[-1:] else []
    assert states[-1:] == ["FINISHED"], f"{states} {lab.get(address)['failure']}"
    lab.page.get_by_text(f"{ITEMS} of {ITEMS} answered").wait_for()
    return f"{' → '.join(states)}; the page: {lab.text()[:120]}"


def receive_the_webhook_and_the_mail(journey: Journey) -> str:
    """Receive the signed event of the end, and its mail; neither shows a score."""
    receiver, secret = journey.world.receiver, journey.notes["webhook secret"]

    def finished() -> list[object]:
        return [row for row in receiver.received if row.content["type"] == "submission.finished"]

    wait_for(finished, "the webhook of the end")
    assert all(row.is_signed_by(secret) for row in receiver.received)
    assert not any(row.is_signed_by("whsec_" + "A" * 43 + "=") for row in receiver.received)
    ids = [row.headers["webhook-id"] for row in receiver.received]
    assert len(set(ids)) == len(ids), "an event was delivered twice"
    mail = journey.world.mails.wait_for(LAB_ADDRESS, "finished")
    assert journey.notes["submission"] in mail.text, mail.text
    journey.lab.open("/account/webhooks/")
    journey.lab.page.get_by_role("link", name=receiver.url).click()
    assert "submission.finished" in wait_for(journey.lab.text, "deliveries")
    return f"{', '.join(row.content['type'] for row in receiver.received)}; mail: {mail.subject}"


def find_each_request_made_once(journey: Journey) -> str:
    """Ask the provider: each request arrived exactly once, and the key nowhere else."""
    provider, other = journey.world.lab_provider, journey.world.operator_provider
    assert provider.requests() == {1: ITEMS}, f"{provider.requests()} {provider.stats()}"
    assert journey.world.lab_key not in other.keys
    assert provider.keys == {WRONG_KEY, journey.world.lab_key}, "another key was sent there"
    places = [place for place, count in provider.stats()["key_seen_in"].items() if count]
    assert places == ["header authorization"], places
    return f"{ITEMS} requests, each once; the key was in the header Authorization of this endpoint only"


def find_the_key_gone(journey: Journey) -> str:
    """The key is deleted when the submission has ended: on the page, in the API, in every file."""
    lab, address = journey.lab, f"account/endpoints/{journey.notes['endpoint']}"
    wait_for(lambda: lab.get(address)["key"] is None, "the key is deleted")
    text = lab.open(f"/account/endpoints/{journey.notes['endpoint']}/")
    assert "No key is stored." in text, text
    needles = [journey.world.lab_key.encode(), journey.world.lab_key[8:].encode()]
    places = [name for name, content in journey.world.written() if any(n in content for n in needles)]
    places += [mail.subject for mail in journey.world.mails.mails if journey.world.lab_key in mail.text]
    places += ["a webhook" for row in journey.world.receiver.received if needles[0] in row.body]
    assert places == [], f"the key is in {places}"
    refused = lab.call(
        "POST",
        "submissions",
        {"endpoint": journey.notes["endpoint"], "suite": "lagline-letter", "owner": ORGANISATION},
    )
    assert refused.status_code in (400, 409), refused.text
    return f"No key is stored. Without it: {refused.json()['error']['message'][:120]}"
