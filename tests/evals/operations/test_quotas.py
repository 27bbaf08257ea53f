"""A quota holds, also for requests at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from evals.models import Dispute
from evals.operations.disputes import lifecycle
from evals.operations.quotas import QuotaExceeded, Source
from tests.support.record import NOW, make_model

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def test_requests_at_the_same_moment_do_not_exceed_a_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    make_model("m-one")
    monkeypatch.setattr(lifecycle, "refuse_unsolved", lambda **_: None)
    line = Barrier(AT_ONCE)

    def file(_number: int) -> bool:
        try:
            line.wait()
            lifecycle.file_dispute(
                fact="model:m-one:name",
                statement="Its developer writes the name otherwise.",
                evidence=["https://example.org/card"],
                source=Source("here", "net"),
                now=NOW,
            )
        except QuotaExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        filed = list(pool.map(file, range(AT_ONCE)))
    assert (filed.count(True), Dispute.objects.count()) == (5, 5)
