"""Text that a database cannot keep is kept as near as it can, and scored as it came."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from evals.models import Response
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW
from tests.evals.engine.provider import Provider, reply
from tests.evals.operations.running import called, planned

pytestmark = pytest.mark.django_db(transaction=True)


def test_text_that_a_database_cannot_keep_is_scored_as_it_came() -> None:
    async def strange(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response(reply(request.path, body, text="7\x00\ud800 seven"))

    with Provider(behaviour=strange) as provider:
        run = planned(provider)
        called(run)
        assert score_run(run_id=run.pk, owner="w1", now=NOW)
    assert Response.objects.values_list("text", flat=True)[0] == "7\ufffd? seven"
