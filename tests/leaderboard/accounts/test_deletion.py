"""A deleted account leaves its public record under a name of nobody, and nothing else but the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessLog
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import (
    AuditEvent,
    Developer,
    DeveloperVerification,
    Endpoint,
    EndpointKey,
    Notice,
    NoticeType,
    Owner,
    Submission,
    Webhook,
)
from evals.operations.audit import pseudonym_of
from evals.operations.endpoints.own import share_own_endpoint
from evals.operations.owners import deletion as owners
from evals.operations.owners.access import owner_of
from evals.operations.owners.organisations import LastOwner
from evals.operations.submissions.lifecycle import submit
from evals.operations.webhooks.subscriptions import create_webhook
from leaderboard.accounts import adapters, deletion
from leaderboard.accounts.deletion import LastOperator, delete_account
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import Invitation, SignUp
from leaderboard.queries import valid_token
from tests.leaderboard.accounts.full_account import MAIL, NAME, make_full_account
from tests.support.accounts import PASSWORD, confirm_identity
from tests.support.own_endpoints import KEY, give_key, make_own_endpoint, pass_preflight, worker_with_keys
from tests.support.record import (
    NOW,
    make_endpoint,
    make_model,
    make_organisation,
    make_submission,
    make_suite,
    make_user,
)

pytestmark = pytest.mark.django_db
WORDS = ("zelda", "quux", KEY)


@pytest.fixture
def worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def zelda(worker: None) -> User:
    return make_full_account()[0]


def submitted(by: User, endpoint: Endpoint, **options: Any) -> Submission:
    if not Submission.objects.exists():
        make_suite()
    pass_preflight(endpoint)
    return submit(submitter=by, endpoint=endpoint.slug, suite="mini", now=timezone.now(), **options)


def test_nothing_of_a_deleted_account_is_left_in_any_table_but_the_audit_log(zelda: User) -> None:
    lab = make_own_endpoint(zelda)
    give_key(zelda, lab)
    submission = submitted(zelda, lab, idempotency_key="zelda-1")
    make_submission(endpoint=make_endpoint(), submitter=zelda, state="FINISHED")
    name = delete_account(account=zelda, now=timezone.now())
    for table in apps.get_models():
        if table is not AuditEvent:
            assert not words_in(table), table
    assert name.startswith("deleted-account-")
    submission.refresh_from_db()
    assert (submission.submitter.username, submission.owner.handle) == (name, name)
    assert Submission.objects.filter(owner__handle=name).count() == 2


def words_in(table: type[models.Model]) -> list[str]:
    texts = (str(row) for row in table._default_manager.values())
    return [text for text in texts if any(word in text.lower() for word in WORDS)]


def test_every_relation_to_an_account_or_owner_is_emptied_or_protects_the_record(zelda: User) -> None:
    """A new table is covered as its `on_delete` says; what protects is listed here, and stays."""
    delete_account(account=zelda, now=timezone.now())
    zelda.refresh_from_db()
    stay = {
        "submission.submitter",
        "submission.owner",
        "endpoint.owner",
        "model.proposed_by",
        "owner.account",
    }
    for row in (zelda, owner_of(zelda)):
        for relation in row._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ManyToOneRel):
                table: Any = relation.related_model
                name = f"{table._meta.model_name}.{relation.field.name}"
                if name not in stay:
                    assert not table._base_manager.filter(**{relation.field.name: row}).exists(), name


def test_a_deleted_account_can_do_nothing_any_more(zelda: User) -> None:
    browser = Client()
    browser.force_login(zelda)
    secret = issue_token(user=zelda, name="x", now=timezone.now()).secret
    delete_account(account=zelda, now=timezone.now())
    assert browser.get("/account/tokens/").status_code == 302
    assert valid_token(secret, now=timezone.now()) is None
    assert not UserSession.objects.filter(user=zelda).exists()
    assert not AccessLog.objects.filter(username=NAME).exists()
    for name in (NAME, User.objects.get(pk=zelda.pk).username):
        Client().post("/login/", {"login": name, "password": PASSWORD})
    assert not AuditEvent.objects.filter(action="account.login", pk__gt=last_deletion().pk).exists()


def last_deletion() -> AuditEvent:
    return AuditEvent.objects.filter(action="account.delete").latest("pk")


def test_its_events_lead_to_nobody_and_later_ones_do_not_name_it(zelda: User) -> None:
    pseudonym = pseudonym_of(zelda.pk)
    delete_account(account=zelda, now=timezone.now())
    event = last_deletion()
    assert event.object_id == pseudonym
    assert AuditEvent.objects.latest("pk") == event, "nothing is recorded after the pseudonym is gone"
    assert NAME not in str(event.before) + str(event.after) + event.object_id


def test_keys_are_destroyed_and_open_submissions_cancelled_of_others_at_its_endpoints_too(
    zelda: User,
) -> None:
    ben = make_user("ben", role="submitter")
    lab = make_own_endpoint(zelda)
    key = give_key(zelda, lab, keep=True)
    share_own_endpoint(actor=zelda, endpoint=lab, handles=["ben"])
    mine, his = submitted(zelda, lab), submitted(ben, lab)
    elsewhere = make_submission(endpoint=make_endpoint(), submitter=ben)
    delete_account(account=zelda, now=timezone.now())
    assert not EndpointKey.objects.filter(pk=key.pk).exists()
    states = {row.pk: row.state for row in Submission.objects.all()}
    assert (states[mine.pk], states[his.pk], states[elsewhere.pk]) == ("CANCELLED", "CANCELLED", "PENDING")
    assert not mine.runs.exclude(state="cancelled").exists()
    assert Notice.objects.filter(owner=ben.owner, type=NoticeType.SUBMISSION_CANCELLED).count() == 1
    lab.refresh_from_db()
    assert (lab.enabled, lab.slug.startswith("deleted-account-")) == (False, True)
    assert not lab.shared_with.exists()
    assert not Endpoint.objects.filter(slug__endswith="spare").exists(), "it was never used"


def test_a_failure_at_any_step_leaves_everything_as_it_was(
    zelda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_key(zelda, make_own_endpoint(zelda))
    before = {table: table._default_manager.count() for table in apps.get_models()}
    steps = [
        (owners, "_cancel_open"), (owners, "_retire_endpoints"), (owners, "delete_dependents"),
        (deletion, "revoke_all_tokens"), (deletion, "end_sessions"), (deletion, "_forget_texts"),
        (deletion, "delete_dependents"), (deletion, "make_password"),
    ]  # fmt: skip
    for module, step in steps:
        with monkeypatch.context() as patch:
            patch.setattr(module, step, killed)
            with pytest.raises(KeyboardInterrupt):
                delete_account(account=zelda, now=timezone.now())
        assert {table: table._default_manager.count() for table in before} == before, step
        assert User.objects.get(pk=zelda.pk).username == NAME
        assert bytes(EndpointKey.objects.get().sealed), step
    delete_account(account=zelda, now=timezone.now())


def killed(*args: Any, **options: Any) -> None:
    raise KeyboardInterrupt


def test_who_deletes_and_signs_up_again_still_counts_in_the_quota(zelda: User) -> None:
    delete_account(account=zelda, now=timezone.now())
    sign_up = SignUp.objects.get()
    assert (sign_up.account, sign_up.network) == (None, "n")
    assert not Invitation.objects.filter(email=MAIL).exists()


def test_the_only_owner_of_an_organisation_hands_it_over_or_deletes_it_first() -> None:
    ann, ben = make_user("ann"), make_user("ben")
    acme = make_organisation("acme", owner=ann, reader=ben)
    with pytest.raises(LastOwner, match="acme"):
        delete_account(account=ann, now=NOW)
    assert User.objects.filter(username="ann").exists()
    acme.members.filter(account=ben).update(role="owner")
    delete_account(account=ann, now=NOW)
    assert [member.account for member in acme.members.all()] == [ben]


def test_the_last_operator_who_can_log_in_stays() -> None:
    ann = make_user("ann", role="operator")
    make_user("gone", role="operator", is_active=False)
    with pytest.raises(LastOperator):
        delete_account(account=ann, now=NOW)
    User.objects.create_superuser("root")
    delete_account(account=ann, now=NOW)


def confirmed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    confirm_identity(client, user, method="password")
    return client


def test_the_page_needs_a_recent_authentication_and_the_typed_name(zelda: User) -> None:
    unconfirmed = Client()
    unconfirmed.force_login(zelda)
    assert unconfirmed.post("/account/delete/", {"name": NAME})["Location"].startswith("/account/")
    browser = confirmed(zelda)
    assert "cannot be undone" in browser.get("/account/delete/").content.decode()
    for name in ("", "zelda", NAME.upper(), "x" * 9_000, "\x00"):
        assert browser.post("/account/delete/", {"name": name}).status_code == 409
    assert User.objects.filter(username=NAME).exists()
    page = browser.post("/account/delete/", {"name": NAME})
    assert "Your account is deleted" in page.content.decode()
    assert not User.objects.filter(username=NAME).exists()
    assert "_auth_user_id" not in browser.session
    adapters._mail_thread().submit(lambda: None).result(timeout=10)
    assert [message.to for message in mail.outbox if "was deleted" in message.subject] == [[MAIL]]


def test_the_page_says_why_somebody_cannot_be_deleted_yet() -> None:
    ann = make_user("ann")
    make_organisation("acme", owner=ann)
    browser = confirmed(ann)
    assert "only owner of acme" in browser.get("/account/delete/").content.decode()
    assert browser.post("/account/delete/", {"name": "ann"}).status_code == 409


def test_an_operator_deletes_an_account_by_a_command(zelda: User, capsys: pytest.CaptureFixture[str]) -> None:
    make_organisation("solo", owner=make_user("ann"))
    with pytest.raises(CommandError, match="only owner of solo"):
        call_command("account", "ann", "--delete")
    call_command("account", NAME, "--delete")
    assert "stays under the name deleted-account-" in capsys.readouterr().out
    assert not User.objects.filter(username=NAME).exists()
    with pytest.raises(CommandError, match="no user"):
        call_command("account", NAME, "--delete")


def test_an_owner_deletes_an_organisation_with_all_that_is_its(worker: None) -> None:
    ann, eve = make_user("ann"), make_user("eve")
    acme = make_organisation("acme", owner=ann, reader=eve)
    make_model()
    lab = make_own_endpoint(ann, owner="acme")
    give_key(ann, lab)
    submission = submitted(ann, lab, owner="acme")
    create_webhook(actor=ann, owner="acme", url="https://acme.example/hook", types=["key.deleted"], now=NOW)
    issue_token(user=ann, name="theirs", owner=acme, now=timezone.now())
    DeveloperVerification.objects.create(
        organisation=acme, developer=Developer.objects.get(slug="deepseek"), method="dns",
        domain="acme.example", challenge="c", state="verified", claimed_at=NOW,
    )  # fmt: skip
    vouched = make_endpoint("vouched", vouched_by="developer")
    assert confirmed(eve).post("/account/organisations/acme/delete/", {"name": "acme"}).status_code == 403
    assert confirmed(ann).post("/account/organisations/acme/delete/", {"name": "x"}).status_code == 409
    assert Owner.objects.filter(handle="acme").exists()
    assert confirmed(ann).get("/account/organisations/acme/delete/").status_code == 200
    response = confirmed(ann).post("/account/organisations/acme/delete/", {"name": "acme"})
    assert response["Location"] == "/account/organisations/"
    acme.refresh_from_db()
    submission.refresh_from_db()
    vouched.refresh_from_db()
    assert (acme.handle.startswith("deleted-organisation-"), acme.name) == (True, "")
    assert (submission.state, submission.owner, submission.submitter) == ("CANCELLED", acme, ann)
    assert not acme.members.exists()
    assert not EndpointKey.objects.exists()
    assert not Webhook.objects.exists()
    assert not ann.api_tokens.exists()
    assert vouched.vouched_by == ""
    assert AuditEvent.objects.filter(action="organisation.delete", object_id="acme").count() == 1


def test_a_submission_that_arrives_after_the_deletion_is_refused(zelda: User) -> None:
    make_suite()
    endpoint, stale = make_endpoint(), User.objects.get(pk=zelda.pk)
    stale.has_perm("evals.add_submission")  # what a request that began earlier has cached
    delete_account(account=zelda, now=timezone.now() + timedelta(seconds=1))
    with pytest.raises(Exception, match="deleted"):
        submit(submitter=stale, endpoint=endpoint.slug, suite="mini", now=timezone.now())
    assert not Submission.objects.exists()
