"""Keys of owners: sealed by the web process, opened by a worker, deleted when they are no longer needed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from evals.models import AuditEvent, Endpoint, EndpointKey, Submission, WorkerKey
from evals.operations.endpoints.key_use import KeyUnavailable, key_for, reseal_keys, use_private_keys
from evals.operations.endpoints.keys import (
    NoWorkerKey,
    UnusableKey,
    delete_keys_of,
    delete_own_key,
    delete_unneeded_keys,
    keep_key,
)
from evals.operations.endpoints.own import change_own_endpoint, share_own_endpoint
from evals.operations.endpoints.worker_keys import WorkerKeyInUse, make_current, retire_worker_key
from evals.operations.owners.access import NotPermitted, owner_of
from evals.operations.submissions.lifecycle import cancel, submit
from leaderboard.secret_sources import secrets_read
from tests.documents.inventory import ROOT
from tests.support.own_endpoints import KEY, give_key, make_own_endpoint, pass_preflight
from tests.support.record import make_organisation, make_suite, make_user
from worker.jobs import keys as sweep
from worker.private_keys import create_private_key, read_private_keys

pytestmark = pytest.mark.django_db


def opened(endpoint: Endpoint, user: User, base_url: str = "") -> str:
    url = base_url or endpoint.base_url
    return key_for(
        endpoint=endpoint, user=owner_of(user), base_url=url, purpose={"run": 5}, now=timezone.now()
    )


def submitted(user: User, endpoint: Endpoint) -> Submission:
    pass_preflight(endpoint)
    return submit(submitter=user, endpoint=endpoint.slug, suite="mini", now=timezone.now())


def test_a_key_is_opened_by_a_worker_and_each_use_is_recorded(ann: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    stored = give_key(ann, endpoint)
    assert KEY.encode() not in bytes(stored.sealed)
    assert opened(endpoint, ann) == KEY
    assert KEY in secrets_read(), "so that logs hide it"
    event = AuditEvent.objects.get(action="key.use")
    assert (event.object_id, event.after["owner"], event.after["run"]) == ("ann--lab", "ann", 5)
    stored.refresh_from_db()
    assert stored.last_used_at is not None
    assert all(KEY not in str((row.before, row.after)) for row in AuditEvent.objects.all())


def test_without_a_worker_nothing_is_sealed_and_nothing_opens(ann: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    use_private_keys(None)
    with pytest.raises(KeyUnavailable, match="Only a worker"):
        opened(endpoint, ann)
    EndpointKey.objects.all().delete()
    WorkerKey.objects.all().delete()
    with pytest.raises(NoWorkerKey, match="No worker has run yet"):
        give_key(ann, endpoint)


def test_the_web_process_has_no_module_that_reads_a_private_key(tmp_path: Path) -> None:
    script = """
import sys, django
django.setup()
from django.urls import get_resolver
from django.conf import settings
import leaderboard.server, leaderboard.asgi
list(get_resolver().url_patterns)
assert "worker.private_keys" not in sys.modules
assert not [name for name in dir(settings) if "PRIVATE" in name]
from evals.operations.endpoints import key_use
assert key_use._read_private_keys is None
from leaderboard.secret_sources import refuse_worker_secrets
try:
    refuse_worker_secrets({"WORKER_PRIVATE_KEYS_FILE": "/x"}, process="The web server")
except Exception as refusal:
    print(refusal)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"DJANGO_SETTINGS_MODULE": "leaderboard.settings", "PATH": "", "DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    assert "does not start with WORKER_PRIVATE_KEYS" in done.stdout, done.stderr


def test_a_key_that_a_header_cannot_carry_is_refused_without_showing_it(ann: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    for bad in ("short", "has a space in it", "line\nbreak-in-key", "schlüssel-mit-umlaut", "x" * 4097):
        with pytest.raises(UnusableKey) as refusal:
            give_key(ann, endpoint, bad)
        assert bad not in refusal.value.message


def test_a_row_moved_to_another_endpoint_owner_or_host_does_not_open(
    ann: User, bob: User, worker: None
) -> None:
    endpoint, other = make_own_endpoint(ann), make_own_endpoint(bob, "https://evil.example/v1")
    stored = give_key(ann, endpoint)
    with pytest.raises(KeyUnavailable, match="does not open"):
        opened(endpoint, ann, "https://evil.example/v1")
    EndpointKey.objects.filter(pk=stored.pk).update(endpoint=other, owner=owner_of(bob))
    with pytest.raises(KeyUnavailable, match="does not open"):
        opened(other, bob)
    EndpointKey.objects.filter(pk=stored.pk).update(endpoint=endpoint, owner=owner_of(ann))
    Endpoint.objects.filter(pk=endpoint.pk).update(base_url="https://evil.example/v1")
    endpoint.refresh_from_db()
    with pytest.raises(KeyUnavailable, match="does not open"):
        opened(endpoint, ann)


def test_another_host_deletes_the_key_and_holds_what_runs(ann: User, worker: None) -> None:
    make_suite()
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    submission = submitted(ann, endpoint)
    change_own_endpoint(actor=ann, endpoint=endpoint, changes={"base_url": "https://api.lab.example/v2"})
    assert endpoint.keys.filter(deleted_at=None).exists(), "the same host"
    change_own_endpoint(actor=ann, endpoint=endpoint, changes={"base_url": "https://eu.lab.example/v1"})
    assert not endpoint.keys.filter(deleted_at=None).exists()
    submission.refresh_from_db()
    assert submission.paused_at
    assert "address of endpoint ann--lab changed" in submission.held_reason


def test_only_the_owner_and_whom_it_is_shared_with_use_a_key(ann: User, bob: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    with pytest.raises(KeyUnavailable, match="bob may no longer use"):
        opened(endpoint, bob)
    share_own_endpoint(actor=ann, endpoint=endpoint, handles=["bob"])
    assert opened(endpoint, bob) == KEY
    for change in (
        lambda: give_key(bob, endpoint),
        lambda: delete_own_key(actor=bob, endpoint=endpoint, now=timezone.now()),
    ):
        with pytest.raises(NotPermitted):
            change()


def test_readers_of_an_organisation_neither_store_nor_delete_a_key(
    ann: User, bob: User, worker: None
) -> None:
    make_organisation("acme", owner=ann, reader=bob)
    endpoint = make_own_endpoint(ann, owner="acme")
    give_key(ann, endpoint)
    with pytest.raises(NotPermitted):
        keep_key(actor=bob, endpoint=endpoint, keep=True)
    with pytest.raises(NotPermitted):
        give_key(bob, endpoint)


def test_a_key_is_gone_when_its_submissions_have_ended_unless_it_is_kept(ann: User, worker: None) -> None:
    make_suite()
    endpoint, kept = make_own_endpoint(ann), make_own_endpoint(ann, name="kept")
    give_key(ann, endpoint)
    give_key(ann, kept, keep=True)
    submissions = [submitted(ann, endpoint), submitted(ann, kept)]
    now = timezone.now()
    assert delete_unneeded_keys(now=now) == 0
    for submission in submissions:
        cancel(submission_id=submission.pk, by=ann, now=now)
    assert delete_unneeded_keys(now=now) == 1
    gone, there = endpoint.keys.get(), kept.keys.get()
    assert (bytes(gone.sealed), gone.deleted_at) == (b"", now)
    assert there.deleted_at is None
    keep_key(actor=ann, endpoint=kept, keep=False)
    assert delete_unneeded_keys(now=now) == 1


def test_a_key_without_a_submission_is_deleted_after_a_week(ann: User, worker: None) -> None:
    give_key(ann, make_own_endpoint(ann))
    now = timezone.now()
    assert delete_unneeded_keys(now=now + timedelta(days=6)) == 0
    assert delete_unneeded_keys(now=now + timedelta(days=8)) == 1


def test_the_owner_deletes_a_key_at_any_time_and_what_runs_is_held(ann: User, worker: None) -> None:
    make_suite()
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    submission = submitted(ann, endpoint)
    assert delete_own_key(actor=ann, endpoint=endpoint, now=timezone.now())
    submission.refresh_from_db()
    assert "key of endpoint ann--lab was deleted by its owner" in submission.held_reason
    with pytest.raises(KeyUnavailable, match="was deleted"):
        opened(endpoint, ann)
    assert not delete_own_key(actor=ann, endpoint=endpoint, now=timezone.now())


def test_keys_go_with_the_account(ann: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    assert delete_keys_of(owner=owner_of(ann), now=timezone.now()) == 1
    assert not EndpointKey.objects.filter(deleted_at=None).exists()


# Rotation --------------------------------------------------------------------------------------------------


def test_the_first_worker_creates_the_key_and_a_second_one_does_not(
    worker: None, tmp_path: Path, ann: User
) -> None:
    sweep()
    assert WorkerKey.objects.count() == 1
    (path,) = (tmp_path / "worker-keys").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(read_private_keys()) == [WorkerKey.objects.get().fingerprint]


def test_a_rotation_seals_anew_and_retires_the_former_key(ann: User, worker: None, tmp_path: Path) -> None:
    endpoint = make_own_endpoint(ann)
    stored = give_key(ann, endpoint)
    first = WorkerKey.objects.get()
    call_command("worker_key", "rotate")
    second = WorkerKey.objects.get(is_current=True)
    assert second != first
    with pytest.raises(WorkerKeyInUse, match="still seals 1 keys"):
        retire_worker_key(fingerprint=first.fingerprint, now=timezone.now())
    assert opened(endpoint, ann) == KEY, "meanwhile the former key opens"
    sweep()
    before, first_now = bytes(stored.sealed), WorkerKey.objects.get(pk=first.pk)
    stored.refresh_from_db()
    assert (stored.worker_key, first_now.retired_at is not None) == (second, True)
    assert bytes(stored.sealed) != before
    assert [path.stem for path in (tmp_path / "worker-keys").iterdir()] == [second.fingerprint]
    assert opened(endpoint, ann) == KEY
    actions = set(AuditEvent.objects.filter(object_type="worker key").values_list("action", flat=True))
    assert actions == {"worker_key.create", "worker_key.rotate", "worker_key.retire"}


def test_a_created_key_waits_until_it_is_made_current(ann: User, worker: None) -> None:
    key, _path = create_private_key()
    assert not key.is_current
    sweep()
    key.refresh_from_db()
    assert key.retired_at is None
    make_current(fingerprint=key.fingerprint, now=timezone.now())
    assert WorkerKey.objects.get(is_current=True) == key


def test_a_worker_without_the_former_private_key_leaves_the_row(
    ann: User, worker: None, tmp_path: Path
) -> None:
    give_key(ann, make_own_endpoint(ann))
    first = WorkerKey.objects.get()
    call_command("worker_key", "rotate")
    (tmp_path / "worker-keys" / f"{first.fingerprint}.key").unlink()
    assert reseal_keys() == 0
    assert EndpointKey.objects.get().worker_key == first


def test_the_command_lists_keys_and_refuses_to_retire_the_current_one(
    worker: None, capsys: pytest.CaptureFixture[str]
) -> None:
    fingerprint = WorkerKey.objects.get().fingerprint
    call_command("worker_key", "list")
    assert capsys.readouterr().out.split()[0] == fingerprint
    with pytest.raises(Exception, match="is current"):
        call_command("worker_key", "retire", fingerprint)
    make_user("ann")
