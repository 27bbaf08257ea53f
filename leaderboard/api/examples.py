"""Examples of the OpenAPI document: bodies of requests, and recorded responses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

RESPONSES = Path(__file__).with_name("examples.json")
"""By the name of the schema; `python -m tests.contract.examples` records them."""
REQUESTS: dict[str, dict[str, Any]] = {
    "submit": {"model": "smollm2-135m-instruct", "suite": "lagline-mini", "budget_calls": 500},
    "change_submission": {"budget_usd": "12.5", "embargo_until": "2026-12-24T12:00:00Z"},
    "approve_submission": {"reason": "It closes a gap in the record.", "budget_usd": "40"},
    "reject_submission": {"reason": "The model is evaluated already."},
    "request_changes": {"reason": "Name a smaller suite."},
    "register_own_endpoint": {
        "name": "lab",
        "model": "deepseek-v3",
        "api_model": "lab-1",
        "protocol": "openai-chat",
        "base_url": "https://api.lab.example/v1",
        "input_usd_per_mtok": "0.25",
        "output_usd_per_mtok": "1.5",
    },
    "change_own_endpoint": {"enabled": True, "shared_with": ["acme"]},
    "store_endpoint_key": {"key": "sk-…", "keep": False},
    "keep_endpoint_key": {"keep": True},
    "request_preflight": {"suite": "lagline-mini"},
    "propose_model": {
        "name": "Alpha 9",
        "developer": "deepseek",
        "openness": "open",
        "released_on": "2026-11-01",
        "sources": ["https://alpha.example/blog/alpha-9"],
    },
    "file_dispute": {
        "fact": "model:deepseek-r1:released_on",
        "statement": "The repository's first commit of the weights is a day earlier.",
        "evidence": ["https://huggingface.co/deepseek-ai/DeepSeek-R1/commits/main"],
    },
    "create_webhook": {"url": "https://lab.example/hook", "types": ["submission.finished"]},
    "change_webhook": {"enabled": True},
}
"""By the id of the operation."""


@cache
def recorded_responses() -> dict[str, Any]:
    """Return the recorded responses by the name of the schema."""
    return dict(json.loads(RESPONSES.read_text(encoding="utf-8"))) if RESPONSES.exists() else {}


def problem_example(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    """Return the example of an error."""
    return {
        "type": f"https://lagline.example/api/v1/docs#error-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "/api/v1/…",
        "code": code,
        "error": {"code": code, "message": detail},
    }
