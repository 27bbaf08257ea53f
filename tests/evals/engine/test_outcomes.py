"""Each kind of fault has the retries and consequences of its row here, and each HTTP status its kind."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from evals.engine.outcomes import POLICIES, Fault, Kind, Policy, kind_of_status

UNLESS_STATED: dict[str, Any] = {
    "counts": True,
    "pauses": False,
    "outage": False,
    "for_all": False,
    "evidence": 10,
    "item": None,
}
ROWS: dict[str, dict[str, Any]] = {
    "rate_limited": {"retries": None, "counts": False, "pauses": True},
    "overloaded": {"retries": 12, "pauses": True, "outage": True, "item": "failed"},
    "server_error": {"retries": 8, "outage": True, "item": "failed"},
    "timeout": {"retries": 5, "outage": True, "item": "failed"},
    "connection": {"retries": 10, "outage": True, "item": "failed"},
    "conflict": {"retries": 8, "item": "failed"},
    "malformed": {"retries": 6, "outage": True, "item": "failed"},
    "error_body": {"retries": 6, "outage": True, "item": "failed"},
    "too_large": {"retries": 1, "item": "failed"},
    "truncated": {"retries": 2, "item": "truncated"},
    "no_answer": {"retries": 2, "item": "no_answer"},
    "content_refused": {"retries": 0, "item": "refusal", "evidence": 100},
    "prompt_too_long": {"retries": 0, "item": "prompt_too_long", "evidence": 100},
    "bad_request": {"retries": 0, "item": "rejected"},
    "forbidden": {"retries": 0, "item": "rejected", "for_all": True},
    "bad_parameter": {"retries": 0},
    "credential_refused": {"retries": 0, "for_all": True},
    "out_of_credit": {"retries": 0, "for_all": True},
    "not_found": {"retries": 0, "for_all": True},
    "redirected": {"retries": 0, "for_all": True},
    "address_refused": {"retries": 0, "for_all": True},
    "certificate_refused": {"retries": 0, "for_all": True},
}
STATUSES_BY_KIND = {
    "redirected": range(300, 400),
    "credential_refused": (401,),
    "forbidden": (403,),
    "prompt_too_long": (413,),
    "content_refused": (451,),
    "out_of_credit": (402,),
    "not_found": (404, 405, 410),
    "timeout": (408, 504),
    "conflict": (409, 425),
    "rate_limited": (429,),
    "overloaded": (503, 529),
}
KINDS_BY_STATUS = {status: kind for kind, statuses in STATUSES_BY_KIND.items() for status in statuses}


def test_every_kind_has_one_policy_and_one_row_of_this_table() -> None:
    kinds = set(Kind)
    assert kinds == set(POLICIES), "a kind without a policy, in POLICIES"
    assert kinds - set(ROWS) == set(), "a new kind needs a row in ROWS, with the policy that it should have"
    assert set(ROWS) - kinds == set(), "a row whose kind is gone"


def test_the_rows_state_every_field_of_a_policy() -> None:
    fields = set(asdict(Policy(0)))
    assert fields == {"retries", *UNLESS_STATED}, "a new field needs its usual value in UNLESS_STATED"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_the_policy_of_its_row(kind: Kind) -> None:
    assert kind in ROWS, f"{kind.value} needs a row in ROWS, with the policy that it should have"
    assert asdict(POLICIES[kind]) == UNLESS_STATED | ROWS[kind]


def test_a_status_is_the_kind_of_its_row_and_other_client_errors_are_bad_requests() -> None:
    for status in [100, 199, 201, 204, 299, *range(300, 600), 600]:
        other = "bad_request" if 400 <= status < 500 else "server_error"
        assert (status, kind_of_status(status)) == (status, KINDS_BY_STATUS.get(status, other))


@pytest.mark.parametrize("kind", Kind)
def test_a_request_is_given_up_once_its_retries_are_used_up(kind: Kind) -> None:
    fault, retries = Fault(kind, "no"), ROWS[kind]["retries"]
    if retries is None:
        assert not fault.is_final(1_000_000)
    else:
        assert [fault.is_final(retries + more) for more in (-1, 0, 1)] == [False, True, True]


def test_policies_and_faults_are_immutable() -> None:
    for value in (Policy(0), Fault(Kind.TIMEOUT, "no")):
        assert value.__dataclass_params__.frozen  # type: ignore[union-attr]
        assert not hasattr(value, "__dict__")


def test_a_fault_has_no_status_and_no_wait_unless_stated() -> None:
    fault = Fault(Kind.TIMEOUT, "no")
    assert (fault.http_status, fault.retry_after_s) == (None, None)
