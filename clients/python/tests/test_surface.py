"""Both clients have the same methods, and the functions of the module are some of them."""

from __future__ import annotations

import inspect
from typing import Any

import lagline
from lagline import AsyncClient, Client, shortcuts


def methods(client: type) -> dict[str, Any]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    own, other = methods(Client), methods(AsyncClient)
    assert {name: signature.parameters for name, signature in own.items()} == {
        name: signature.parameters for name, signature in other.items()
    }
    results = {name: str(signature.return_annotation) for name, signature in own.items()}
    assert results | {"follow": "AsyncGenerator[Row, None]"} == {
        name: str(signature.return_annotation) for name, signature in other.items()
    }


def test_each_function_of_the_module_is_a_method_of_the_client() -> None:
    own = methods(Client)
    functions = {name: value for name, value in vars(shortcuts).items() if inspect.isfunction(value)}
    assert len(functions) > 15
    for name, function in functions.items():
        expected = [value for value in own[name].parameters.values() if value.name != "self"]
        assert list(inspect.signature(function).parameters.values()) == expected
        assert getattr(lagline, name) is function
