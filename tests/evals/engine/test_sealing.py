"""A sealed text opens with the private key and for the purpose for which it was sealed, and else never."""

from __future__ import annotations

import pytest

from evals.engine.sealing import (
    NotOpened,
    binding_of,
    new_private_key,
    open_sealed,
    origin_of,
    public_key_of,
    seal,
)

PRIVATE = new_private_key()
OF = {"owner_id": 7, "endpoint": "ann--lab", "base_url": "https://api.lab.example/v1"}
SEALED = seal("sk-secret-value", public=public_key_of(PRIVATE), binding=binding_of(**OF))  # type: ignore[arg-type]


def test_it_opens_for_its_purpose() -> None:
    moved = OF | {"base_url": "https://api.lab.example:443/v2/other"}
    for purpose in (OF, moved):
        assert (
            open_sealed(SEALED, private=PRIVATE, binding=binding_of(**purpose))  # type: ignore[arg-type]
            == "sk-secret-value"
        )
    assert b"secret" not in SEALED


@pytest.mark.parametrize(
    "changed",
    [
        {"owner_id": 8},
        {"endpoint": "bob--lab"},
        {"base_url": "https://evil.example/v1"},
        {"base_url": "http://api.lab.example/v1"},
        {"base_url": "https://api.lab.example:8443/v1"},
    ],
)
def test_it_opens_for_no_other_owner_endpoint_or_origin(changed: dict[str, object]) -> None:
    with pytest.raises(NotOpened):
        open_sealed(SEALED, private=PRIVATE, binding=binding_of(**OF | changed))  # type: ignore[arg-type]


def test_another_private_key_and_a_changed_byte_open_nothing() -> None:
    binding = binding_of(**OF)  # type: ignore[arg-type]
    spoiled = SEALED[:-1] + bytes([SEALED[-1] ^ 1])
    for sealed, private in ((SEALED, new_private_key()), (spoiled, PRIVATE), (b"", PRIVATE), (b"x", PRIVATE)):
        with pytest.raises(NotOpened):
            open_sealed(sealed, private=private, binding=binding)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://API.lab.example/v1?x=1") == "https://api.lab.example"
    assert origin_of("http://127.0.0.1:9000/v1") == "http://127.0.0.1:9000"
