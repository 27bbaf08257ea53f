"""The rules of the addresses that tell tokens: vLLM's and llama.cpp's, as strict as the server's schema."""

from collections.abc import Mapping
from typing import Any

from tests.support.payloads import COMPLETIONS, Check, Refusal, check_payload, integer, kind, number

VLLM_COMPLETIONS: dict[str, Check] = COMPLETIONS | {"prompt_logprobs": integer(0, 20)}
VLLM_TOKENIZE: dict[str, Check] = {
    "model": kind(str, "a string"),
    "prompt": kind(str, "a string"),
    "add_special_tokens": kind(bool, "a boolean"),
    "return_token_strs": kind(bool, "a boolean"),
}
LLAMA_TOKENIZE: dict[str, Check] = {
    "content": kind(str, "a string"),
    "add_special": kind(bool, "a boolean"),
    "parse_special": kind(bool, "a boolean"),
    "with_pieces": kind(bool, "a boolean"),
}
LLAMA_COMPLETION: dict[str, Check] = {
    "prompt": kind((str, list), "a string or a list of tokens"),
    "n_predict": integer(-1, 100_000),
    "n_probs": integer(0, 1_000_000),
    "temperature": number(0, 5),
    "grammar": kind(str, "a string"),
    "cache_prompt": kind(bool, "a boolean"),
    "logit_bias": kind(list, "a list of pairs"),
}


def check_tokens(payload: Any, rules: Mapping[str, Check], *required: str) -> dict[str, Any]:
    """Refuse the payload, or return it; nothing may be missing, and nothing unknown."""
    return check_payload(payload, rules, required)


def numbers(value: Any) -> list[int]:
    """Return a prompt of tokens, given alone or as the only one of a batch."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or not value or not all(type(number) is int for number in value):
        raise Refusal("Invalid value for 'prompt': expected a list of tokens.", param="prompt")
    return value
