"""The lab arrives: an account, a token, an organisation, a model, an endpoint with its key."""

from __future__ import annotations

import time

from tests.journey.journey import Journey
from tests.journey.people import Person, wait_for
from tests.journey.provider import MODEL

LAB, LAB_PASSWORD, LAB_ADDRESS = "lina", "seven grey herons on a pier", "lina@alpha.example"
ORGANISATION, DEVELOPER, MODEL_NAME = "alpha-lab", "Alpha Laboratory", "Alpha 1"
DOMAIN = "alpha.example"
WRONG_KEY = "sk-wrong-4f1d7a9c2e6b"
SUITE = "lagline-mini"


def open_an_empty_installation(journey: Journey) -> str:
    """See that nothing is there yet, and that no figure is about a real model."""
    text = journey.lab.open("/models/")
    banner = journey.lab.page.locator("aside").first.inner_text()
    assert "A simulated world" in banner, banner
    with journey.world.client() as client:
        assert client.get("models").json()["data"] == []
        assert client.get("submissions").json()["data"] == []
    return f"{banner} {text[:60]}"


def sign_up(journey: Journey) -> str:
    """Create an account; from here the five minutes count."""
    journey.seen_by = journey.lab
    journey.started_at = time.monotonic()
    return create_account(journey.lab, LAB, LAB_ADDRESS, LAB_PASSWORD)


def create_account(person: Person, name: str, address: str, password: str) -> str:
    """Fill in the form of a new account, and accept the policies."""
    person.open("/account/sign-up/")
    person.fill(username=name, email=address, password1=password, password2=password, accept_policies=True)
    text = person.press("Create an account")
    assert "link" in text.lower(), text
    return text


def confirm_the_address(journey: Journey) -> str:
    """Open the link of the mail, and press its button."""
    return confirm_address(journey.lab, LAB_ADDRESS)


def confirm_address(person: Person, address: str) -> str:
    """Open the link that an address got."""
    mail = person.world.mails.wait_for(address, "onfirm")
    person.open(mail.links[0].removeprefix(person.world.url))
    text = person.press("Confirm")
    assert "/login/" not in person.path(), text
    return f"{mail.subject}: {person.path()} {text[:120]}"


def create_a_token(journey: Journey) -> str:
    """Make a token of the API, which is shown once."""
    return make_token(journey.lab, LAB_PASSWORD)


def make_token(person: Person, password: str) -> str:
    """Fill in the form of a new token, and keep the secret."""
    person.open("/account/tokens/")
    person.fill(name="laptop", submit=True, manage=True)
    text = person.press("Create")
    if "Confirm that it is you" in text:
        person.fill(password=password)
        text = person.press("Confirm")
    if not person.page.locator("section[role=status] code").count():  # the form is shown again
        person.fill(name="laptop", submit=True, manage=True)
        text = person.press("Create")
    person.token = person.page.locator("section[role=status] code").inner_text().strip()
    assert person.token.startswith("lagline_"), text
    assert person.call("GET", "account/quotas").status_code == 200
    person.open("/account/tokens/")
    assert person.token not in person.page.content(), "the token is shown a second time"
    return "the token works, and is not shown a second time"


def create_an_organisation(journey: Journey) -> str:
    """Make the organisation for which the lab submits."""
    journey.lab.open("/account/organisations/")
    journey.lab.fill(handle=ORGANISATION, name=DEVELOPER)
    text = journey.lab.press("Create")
    assert ORGANISATION in text, text
    return text[:120]


def subscribe(journey: Journey) -> str:
    """Make a webhook of the organisation, send a test, and ask for mails."""
    lab, receiver = journey.lab, journey.world.receiver
    lab.open("/account/webhooks/new")
    lab.fill(owner=ORGANISATION, url=receiver.url)
    lab.press("Create the webhook")
    journey.notes["webhook secret"] = lab.page.locator("code.secret").inner_text().strip()
    lab.follow("To the webhook")
    journey.notes["webhook"] = lab.path()
    lab.press("Send a test")
    wait_for(lambda: receiver.received, "a test of the webhook")
    assert receiver.received[0].is_signed_by(journey.notes["webhook secret"])
    lab.open("/account/notifications/")
    for label in ("submission finished", "scores published"):
        lab.page.get_by_label(label, exact=True).check()
    lab.press("Save")
    return f"a signed test arrived: {receiver.received[0].content['type']}"


def propose_the_model(journey: Journey) -> str:
    """Propose a model of a new developer; it has a page at once."""
    lab = journey.lab
    lab.open("/models/propose/")
    lab.fill(
        name=MODEL_NAME,
        new_developer=DEVELOPER,
        new_developer_country="CN",
        released_on=str(journey.world.clock.today()),
        openness="closed",
        sources="https://alpha.example/alpha-1",
        owner=ORGANISATION,
    )
    text = lab.press("Propose the model")
    assert "/account/proposals/" in lab.path(), text
    (model,) = lab.get("models")
    journey.notes |= {"model": model["slug"], "proposal": lab.path()}
    page = journey.reader.open(f"/models/{model['slug']}/")
    assert "unconfirmed" in page.lower(), page
    return text[:200]


def register_an_endpoint_with_a_wrong_key(journey: Journey) -> str:
    """Register the lab's provider with a key that it refuses."""
    lab = journey.lab
    lab.open(f"/account/endpoints/new/?model={journey.notes['model']}")
    lab.fill(
        owner=ORGANISATION,
        name="api",
        base_url=journey.world.lab_provider.base_url,
        protocol="openai-chat",
        api_model=MODEL,
        key=WRONG_KEY,
        max_concurrency="16",
    )
    text = lab.press("Register")
    assert "/account/endpoints/new/" not in lab.path(), text
    journey.notes["endpoint"] = lab.path().strip("/").rpartition("/")[2]
    assert WRONG_KEY not in lab.page.content()
    return text[:200]


def see_the_preflight_fail(journey: Journey) -> str:
    """Run the preflight; the page shows the provider's message without the key."""
    text = run_preflight(journey)
    assert "Incorrect API key provided" in text, text
    assert WRONG_KEY not in journey.lab.page.content()
    refused = journey.lab.call(
        "POST", "submissions", {"endpoint": journey.notes["endpoint"], "suite": SUITE, "owner": ORGANISATION}
    )
    assert refused.json()["error"]["code"] == "preflight_required", refused.text
    return text


def run_preflight(journey: Journey) -> str:
    """Press the button, wait until the page itself shows the end, and return that part of it."""
    journey.lab.fill(suite=SUITE)
    journey.lab.press("Run a preflight")
    section = journey.lab.page.locator("#preflight")
    section.get_by_role("button", name="Run a preflight").wait_for(timeout=60_000)
    return " ".join(section.inner_text().split())[:300]


def see_the_preflight_pass(journey: Journey) -> str:
    """Store the right key, and run the preflight again."""
    journey.lab.fill(key=journey.world.lab_key)
    text = journey.lab.press("Store the key")
    assert "Run the preflight again" in text, text
    text = run_preflight(journey)
    assert "This endpoint takes submissions" in text, text
    assert journey.world.lab_key not in journey.lab.page.content()
    return text
