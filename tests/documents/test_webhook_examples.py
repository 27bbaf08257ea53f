"""The examples of docs/api.md verify what we sign, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable

import pytest

from evals.operations.webhooks.signatures import new_secret, sign
from tests.documents.inventory import ROOT

Verify = Callable[[str, dict[str, str], bytes], bool]
BODY = '{"type":"key.deleted","data":{"subject":"模型"}}'.encode()
RUN = """
const [secret, headers, body] = JSON.parse(require("node:fs").readFileSync(0));
console.log(verify(secret, headers, Buffer.from(body, "base64")));
"""


def example(language: str) -> str:
    text = (ROOT / "docs" / "api.md").read_text().split("\n## Webhooks\n")[1]
    block = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert block
    return block[1]


def verify_in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    names: dict[str, Verify] = {}
    exec(example("python"), names)
    return names["verify"](secret, headers, body)


def verify_in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    import base64

    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed.")
    given = json.dumps([secret, headers, base64.b64encode(body).decode()])
    script = example("js") + RUN
    done = subprocess.run([node, "-e", script], input=given, capture_output=True, text=True, check=True)
    return done.stdout.strip() == "true"


def headers_of(*secrets: str, age_s: int = 0) -> dict[str, str]:
    timestamp = int(time.time()) - age_s
    signature = sign(secrets, message_id="msg_1", timestamp=timestamp, body=BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(timestamp), "webhook-signature": signature}


@pytest.mark.parametrize("verify", [verify_in_python, verify_in_node])
def test_an_example_accepts_what_is_signed_by_the_secret_and_nothing_else(verify: Verify) -> None:
    secret, new = new_secret(), new_secret()
    assert verify(secret, headers_of(secret), BODY)
    assert verify(secret, headers_of(new, secret), BODY), "during a rotation, both sign"
    assert not verify(secret, headers_of(new), BODY)
    assert not verify(secret, headers_of(secret), BODY + b" ")
    assert not verify(secret, headers_of(secret) | {"webhook-id": "msg_2"}, BODY)
    assert not verify(secret, headers_of(secret, age_s=400), BODY)
