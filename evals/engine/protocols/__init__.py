"""The API families that we speak, by name; each is one small file."""

from evals.engine.protocols.anthropic import Anthropic
from evals.engine.protocols.llama_cpp import LlamaCpp
from evals.engine.protocols.openai_chat import OpenAIChat
from evals.engine.protocols.openai_completions import OpenAICompletions
from evals.engine.protocols.protocol import Protocol
from evals.engine.protocols.vllm import VLLM

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (OpenAIChat(), OpenAICompletions(), Anthropic(), VLLM(), LlamaCpp())
}


class UnknownProtocol(ValueError):
    """An endpoint names a protocol that nobody here speaks."""


def protocol_named(name: str) -> Protocol:
    """Return the protocol of that name."""
    if name not in PROTOCOLS:
        raise UnknownProtocol(f"There is no protocol {name!r}; there are {', '.join(sorted(PROTOCOLS))}.")
    return PROTOCOLS[name]


__all__ = ["PROTOCOLS", "Protocol", "UnknownProtocol", "protocol_named"]
