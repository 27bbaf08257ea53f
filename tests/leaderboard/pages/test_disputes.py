"""Every fact links to the dispute form, which works without scripts; unmoderated text is not shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from evals.models import AuditEvent, Claim, Developer, Dispute, Model, Score
from evals.operations.audit import pseudonym_of
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.disputes import lifecycle, puzzles
from evals.operations.disputes.lifecycle import answer_dispute, show_dispute
from tests.leaderboard.pages.builders import make_models
from tests.leaderboard.pages.reading import page, read
from tests.support.accounts import log_in, staff_client
from tests.support.record import NOW, make_user

pytestmark = pytest.mark.django_db
ATTACK = '<script>alert(1)</script> & <img src=x onerror="alert(2)"> says it was earlier.'
GIVEN = {
    "fact": "model:model-001:released_on",
    "statement": ATTACK,
    "evidence": "https://example.org/a?b=<b>\nhttps://example.org/two",
    "contact": "ada@example.org",
    "key": "7",
}


@pytest.fixture(autouse=True)
def _models() -> None:
    make_models(4)


def send(**fields: Any) -> Any:
    return Client().post("/disputes/new", GIVEN | fields)


def filed(**fields: Any) -> Dispute:
    answer = send(**fields)
    assert answer.status_code == 302, answer.content.decode()
    return Dispute.objects.latest("pk")


def test_the_form_is_one_step_from_every_fact() -> None:
    Claim.objects.create(
        slug="c-one", claimed_on=NOW.date(), claimant="A", leader="US", follower="China", statement="Six."
    )
    score = Score.objects.get(model__slug="model-001")
    places = {
        "/models/model-001/": ["model:model-001", "developer:dev-us", f"score:{score.pk}"],
        "/developers/dev-us/": ["developer:dev-us"],
        "/benchmarks/epoch-capabilities-index/": [f"benchmark:{score.benchmark.slug}", f"score:{score.pk}"],
        "/": ["claim:c-one"],
    }
    for place, rows in places.items():
        linked = re.findall(r'href="/disputes/new\?fact=([^"]+)"', page(place))
        assert set(rows) <= set(linked), place
        for row in rows:
            assert "File the dispute" in read(f"/disputes/new?fact={row}")


def test_the_form_shows_what_each_fact_says_now() -> None:
    form = page("/disputes/new?fact=model:model-001:openness")
    assert "Released: 2026-07-27" in form
    assert re.search(r'<option value="model:model-001:openness" selected>\s*Weights: open', form)


def test_a_fact_that_is_not_there_has_no_form() -> None:
    page("/disputes/new?fact=model:nobody:name", status=404)
    page("/disputes/new", status=404)


def test_what_was_filed_is_not_shown_before_a_moderator_has_seen_it() -> None:
    dispute = filed()
    markup = page(f"/disputes/{dispute.public_id}/")
    assert "waits for a moderator" in markup
    assert "says it was earlier" not in markup
    assert "example.org" not in markup
    assert Client().get(f"/disputes/{dispute.public_id}/")["X-Robots-Tag"] == "noindex"
    assert "1 dispute waits for a moderator." in read("/disputes/")
    assert "/disputes/" + str(dispute.public_id) not in page("/disputes/") + page("/models/model-001/")


def test_what_was_filed_is_shown_as_text_and_the_contact_never() -> None:
    dispute = filed()
    show_dispute(dispute_id=dispute.pk, now=timezone.now())
    before = page(f"/disputes/{dispute.public_id}/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in before
    assert "<script>alert" not in before
    assert "<img src=x" not in before
    assert before.count('rel="nofollow ugc noopener noreferrer"') == 2
    for place in (f"/disputes/{dispute.public_id}/", "/disputes/", "/models/model-001/", "/disputes.atom"):
        markup = page(place)
        assert str(dispute.public_id) in markup
        assert "ada@example.org" not in markup
        assert "<script>alert" not in markup


def test_an_answer_stands_beside_its_correction() -> None:
    dispute, model = filed(), Model.objects.get(slug="model-001")
    later = timezone.now() + timedelta(seconds=1)
    Model.objects.filter(pk=model.pk).update(known_at=NOW)
    model.refresh_from_db()
    day = model.released_on and model.released_on - timedelta(days=1)
    correct_rows(rows=[(model, {"released_on": day})], reason="The weights came first.", now=later)
    answer_dispute(dispute_id=dispute.pk, state="upheld", answer="You are right.", by="mod", now=later)
    text = read(f"/disputes/{dispute.public_id}/")
    assert "upheld: the fact was corrected" in text
    assert "You are right." in text
    assert "Released: 2026-07-27 → 2026-07-26" in text
    assert "The weights came first." in text
    assert "upheld" in read("/disputes/")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"statement": "short"}, "at least 20 characters"),
        ({"evidence": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"evidence": "ftp://example.org/"}, "http or https"),
        ({"evidence": "\n".join(f"https://example.org/{i}" for i in range(6))}, "1 to 5 addresses"),
        ({"fact": "model:model-001:known_at"}, "not one of the available choices"),
        ({"website": "https://spam.example"}, ""),
    ],
)
def test_what_cannot_be_filed_is_said_beside_the_form(fields: dict[str, str], message: str) -> None:
    answer = send(**fields)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "vi"])
@pytest.mark.parametrize(
    ("fields", "english"),
    [
        ({"statement": "short"}, "at least"),
        ({"statement": f"{ATTACK}\x1b"}, "control character"),
        ({"evidence": "javascript:alert(1)"}, "valid URL"),
        ({"evidence": "ftp://example.org/"}, "is no evidence"),
        ({"evidence": "\n".join(f"https://example.org/{i}" for i in range(6))}, "addresses as evidence"),
        ({"contact": "a\x1bb"}, "one line of at most"),
        ({"fact": "model:model-001:known_at"}, "available choices"),
        ({"key": "k" * 121}, "idempotency key is"),
        ({"key": "used"}, "filed another dispute before"),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_page(
    fields: dict[str, str], english: str, language: str
) -> None:
    filed(key="used", statement=f"{ATTACK} Another.")

    def refused(prefix: str) -> list[str]:
        markup = Client().post(f"{prefix}/disputes/new", GIVEN | fields).content.decode()
        return re.findall(
            r'<(?:p class="refusal"|ul class="errorlist")[^>]*>(.*?)</(?:p|ul)>', markup, re.DOTALL
        )

    (refusal,), (translated,) = refused(""), refused(f"/{language}")
    assert english in refusal
    assert english not in translated
    assert len(translated) > len(english) / 2


def test_a_form_that_is_sent_twice_files_once() -> None:
    assert send().url == send().url
    assert Dispute.objects.count() == 1


def test_a_sender_who_files_too_often_is_told_so_with_429(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "refuse_unsolved", lambda **_: None)
    for i in range(5):
        filed(key=str(i))
    answer = send(key="6")
    assert answer.status_code == 429
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert "5 disputes in 1 hour" in answer.content.decode()
    for language, text in {"zh-hans": "1 小时", "vi": "1 giờ"}.items():
        answer = Client().post(f"/{language}/disputes/new", GIVEN | {"key": "7"})
        assert (answer.status_code, text in answer.content.decode()) == (429, True)


def test_a_form_that_needs_a_puzzle_has_it_and_says_what_to_do_without_a_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "puzzle" not in page("/disputes/new?fact=model:model-001")
    monkeypatch.setattr(puzzles, "LEAST_BITS", 4)
    monkeypatch.setattr(puzzles, "MOST_BITS", 4)
    for key in ("1", "2"):
        filed(key=key)
    answer = send(key="3")
    markup = answer.content.decode()
    assert answer.status_code == 400
    assert "Many disputes are waiting." in markup
    assert "&lt;script&gt;alert(1)" in markup, "what was written is not lost"
    text = re.findall(r'name="puzzle" value="([^"]+)"', markup)[0]
    assert f'data-text="{text}"' in markup
    assert 'data-bits="4"' in markup
    noscript = " ".join(re.findall(r"<noscript>(.*?)</noscript>", markup, re.DOTALL)[0].split())
    assert '<a href="/login/">sign in</a>' in noscript
    assert re.search(r'<script src="/static/lagline/puzzle[^"]*\.js" defer>', markup)
    solution = next(str(n) for n in range(1000) if puzzles.leading_zero_bits(text, str(n)) >= 4)
    filed(key="3", puzzle=text, solution=solution)
    ann = Client()
    ann.force_login(make_user("ann"))
    assert 'class="puzzle"' not in ann.get("/disputes/new?fact=model:model-001").content.decode()
    assert ann.post("/disputes/new", GIVEN | {"key": "4"}).status_code == 302


def test_a_moderator_rejects_all_disputes_of_a_network_at_once_and_it_is_recorded() -> None:
    other = filed(key="1")
    Dispute.objects.filter(pk=other.pk).update(filed_from="elsewhere", filed_network="elsewhere")
    spam, more = filed(key="2"), filed(key="3")
    Dispute.objects.filter(pk=more.pk).update(filed_from="another address")
    admin = Client()
    log_in(admin, get_user_model().objects.create_superuser("mod"))
    where, chosen = "/admin/evals/dispute/", {"action": "reject", "_selected_action": [spam.pk]}
    offer = admin.post(where, chosen).content.decode()
    assert "every open dispute from the same networks" in offer
    events = AuditEvent.objects.filter(action="dispute.answer")
    assert not events.exists()
    without_reason = {"confirmed": "Reject", "reach": "filed_network", "reason": ""}
    assert "This field is required" in admin.post(where, chosen | without_reason).content.decode()
    admin.post(where, chosen | without_reason | {"reason": "Advertising."})
    states = dict(Dispute.objects.values_list("pk", "state"))
    assert states == {spam.pk: "rejected", more.pk: "rejected", other.pk: "open"}
    assert {event.object_id for event in events} == {str(spam.public_id), str(more.public_id)}
    for event in events:
        assert event.actor == pseudonym_of(get_user_model().objects.get(username="mod").pk)
        assert event.after == {"state": "rejected", "reason": "Advertising."}
    text = read(f"/disputes/{spam.public_id}/")
    assert "did not publish it: Advertising." in text
    assert "says it was earlier" not in text
    assert str(spam.public_id) not in page("/disputes/")


def test_the_form_cannot_be_sent_from_another_site() -> None:
    assert Client(enforce_csrf_checks=True).post("/disputes/new", GIVEN).status_code == 403


def test_the_past_is_not_disputed() -> None:
    for table in (Developer, Model, Score):
        table.objects.update(known_at=NOW - timedelta(days=9))
    assert "/disputes/new" not in page("/models/model-001/?as_of=2026-11-20")
    answer = Client().get("/disputes/new?fact=model:model-001&as_of=2026-11-20")
    assert answer.status_code == 302
    assert answer["Location"] == "/disputes/new?fact=model:model-001"


def test_a_moderator_lets_it_be_public_and_answers_in_the_admin() -> None:
    spam, dispute = filed(key="1"), filed(key="2")
    admin = staff_client("mod")
    where = "/admin/evals/dispute/"
    admin.post(where, {"action": "drop_unseen", "_selected_action": [spam.pk]})
    admin.post(where, {"action": "let_be_public", "_selected_action": [dispute.pk]})
    shown = admin.get(f"{where}{dispute.pk}/change/").content.decode()
    assert "ada@example.org" in shown
    assert "<script>alert" not in shown
    refused = admin.post(f"{where}{dispute.pk}/change/", {"state": "upheld", "answer": "Yes."})
    assert "correct the fact first" in refused.content.decode()
    admin.post(f"{where}{dispute.pk}/change/", {"state": "rejected", "answer": "The page says July."})
    (left,) = Dispute.objects.all()
    assert (left.state, left.answer, left.answered_by) == ("rejected", "The page says July.", "mod")


def test_a_moderator_corrects_the_fact_by_upholding_the_dispute() -> None:
    dispute = filed()
    Model.objects.update(known_at=NOW)
    admin = staff_client("mod")
    where = f"/admin/evals/dispute/{dispute.pk}/change/"
    verdict = {"state": "upheld", "answer": "The weights came first.", "right_value": "26 July"}
    assert "Say where the right value can be read" in admin.post(where, verdict).content.decode()
    verdict["right_source"] = "https://example.org/commits"
    assert "a date is written" in admin.post(where, verdict).content.decode()
    assert Dispute.objects.get().state == "open"
    assert admin.post(where, verdict | {"right_value": "2026-07-26"}).status_code == 302
    assert str(Model.objects.get(slug="model-001").released_on) == "2026-07-26"
    text = read(f"/disputes/{dispute.public_id}/")
    assert "Released: 2026-07-27 → 2026-07-26" in text
    assert text.count("The weights came first.") == 1
    assert "https://example.org/commits" in text
    assert "The weights came first." in read("/corrections/")
    assert "right_value" not in admin.get(where).content.decode()
