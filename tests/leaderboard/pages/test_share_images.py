"""Each kind of page has its own description and share image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from evals.models import Claim
from leaderboard.models import LagEstimate
from leaderboard.pages import share_images
from leaderboard.pages.navigation import GROUPS
from tests.leaderboard.pages.builders import AS_OF, make_models, publish_values
from tests.support.record import make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def head(address: str, **user: str) -> dict[str, str]:
    client = Client()
    if user:
        client.force_login(get_user_model().objects.get(**user))
    answer = client.get(address)
    assert answer.status_code in (200, 202), address
    tags = re.findall(r'<meta\s+(?:name|property)="([^"]+)"\s+content="([^"]*)"', answer.content.decode())
    return {name: unescape(content) for name, content in tags}


def every_kind() -> dict[str, str]:
    index = make_models(4)
    publish_values(index)
    submission = make_submission(state="FINISHED")
    other = make_submission(state="FINISHED")
    Claim.objects.create(
        slug="c", claimed_on=AS_OF, precision="day", claimant="An institute", leader="US", follower="China",
        lag_months_high=3, statement="Under three months.", source="https://example.org/report",
    )  # fmt: skip
    names = [entry.name for group in GROUPS for entry in group.entries if entry.name.startswith("pages:")]
    first, second = submission.runs.get(), other.runs.get()
    return {name: reverse(name) for name in names} | {
        "model": "/models/model-001/",
        "developer": "/developers/dev-cn/",
        "benchmark": "/benchmarks/epoch-capabilities-index/",
        "country": "/countries/cn/",
        "claim": "/claims/c/",
        "suite": "/suites/mini/",
        "lag": f"/lags/{LagEstimate.objects.get().pk}/",
        "compare-models": "/compare/?models=model-001,model-002",
        "dispute-new": "/disputes/new?fact=model:model-001:released_on",
        "login": "/login/",
        "run": f"/runs/{first.pk}/",
        "diff": f"/runs/{first.pk}/diff/{second.pk}/",
        "submission": f"/submissions/{submission.public_id}/",
    }


def test_every_kind_of_page_has_its_own_description_and_its_own_picture() -> None:
    heads = {name: head(address, username="ann") for name, address in every_kind().items() if name != "login"}
    heads["login"] = head("/login/")
    for part in ("description", "og:image"):
        values = [tags[part] for tags in heads.values()]
        assert all(values)
        assert sorted({tags for tags in values if values.count(tags) > 1}) == [], part
    assert all(40 < len(tags["description"]) < 320 for tags in heads.values())


def test_the_picture_has_the_title_and_the_figure_of_the_page() -> None:
    publish_values(make_models(4))
    tags = head("/benchmarks/epoch-capabilities-index/")
    address = tags["og:image"].removeprefix("http://127.0.0.1:8000")
    shown = share_images.read_card(address.removeprefix("/cards/").removesuffix(".png"))
    assert (shown.title, shown.figure) == ("Epoch Capabilities Index", "5.0 months")
    assert "over the 12 months to 11 August 2026 (1 level on 1 date), on this benchmark alone" in shown.note
    answer = Client().get(address)
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert "immutable" in answer["Cache-Control"]
    assert head("/vi/benchmarks/epoch-capabilities-index/")["og:image"].endswith(".png")


def test_no_words_are_drawn_but_those_that_a_page_has_signed() -> None:
    ours = share_images.card_path(title="A", description="B", figure="", note="")
    assert Client().get(ours).status_code == 200
    forged = share_images.signer.sign_object(["A", "9.9 months", ""], compress=True)[:-1] + "x"
    answer = Client().get(reverse("pages:card", args=[forged]))
    assert answer.status_code == 404
    assert b"No page here has a picture at this address." in answer.content


def test_the_same_words_are_drawn_once_whatever_is_asked_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = share_images.card_path(title="Drawn once", description="B", figure="", note="")
    first = Client().get(ours).content
    monkeypatch.setattr("leaderboard.pages.views.site.render_png", lambda *_, **__: b"drawn again")
    assert [Client().get(ours, {"x": i}).content for i in range(3)] == [first] * 3


def test_words_are_plain_and_signs_that_no_picture_can_hold_are_left_out() -> None:
    address = share_images.card_path(
        title="A\x00 &amp;\n B – Lagline", description="<b>bold</b>", figure="", note="x"
    )
    shown = share_images.read_card(address.removeprefix("/cards/").removesuffix(".png"))
    assert (shown.title, shown.figure, shown.note) == ("A & B", "", "bold")
