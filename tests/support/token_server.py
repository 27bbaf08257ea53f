"""The addresses at which a simulated server tells tokens and their log-probabilities, in three dialects."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.support.answers import fraction
from tests.support.fault_plan import Fault, Kind
from tests.support.payloads import Refusal, check_completion
from tests.support.token_model import HALF_CHARACTERS, PREFIX, Scored, Vocabulary, score, tokenize
from tests.support.token_rules import (
    LLAMA_COMPLETION,
    LLAMA_TOKENIZE,
    VLLM_COMPLETIONS,
    VLLM_TOKENIZE,
    check_tokens,
    numbers,
)

COMPLETIONS, TOKENIZE, COMPLETION = "/v1/completions", "/tokenize", "/completion"
GENERATED = " end"
FORCED = re.compile(r"root ::= (<\[\d+\]>( <\[\d+\]>)*)")
Body = dict[str, Any]


class TokenServer:
    """Answers what asks for tokens; `dialect` says whose addresses and fields there are."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.vocabulary = Vocabulary()

    def takes(self, path: str, payload: Any) -> bool:
        """Whether a request is one about tokens."""
        if path == COMPLETIONS and isinstance(payload, dict):
            return bool(payload.get("echo")) or "prompt_logprobs" in payload
        vllm = path in (TOKENIZE, "/detokenize") and self.dialect == "vllm"
        return vllm or (path in (TOKENIZE, COMPLETION) and self.dialect == "llama-cpp")

    def info(self, path: str) -> Body | None:
        """Answer a GET, where the dialect knows the address."""
        if path == "/tokenizer_info" and self.dialect == "vllm":
            return {"tokenizer_class": "Simulated", "eos_token": PREFIX, "chat_template": "{{ messages }}"}
        return None

    def answer(self, path: str, payload: Any, fault: Fault | None) -> Body:
        """Answer a request about tokens, or refuse it."""
        if path == COMPLETIONS:
            return self._completions(payload, fault)
        if path == COMPLETION:
            return self._forced(payload, fault)
        if path == "/detokenize":
            return {"prompt": "".join(self.vocabulary.decode(payload["tokens"]))}
        if self.dialect == "vllm":
            text = check_tokens(payload, VLLM_TOKENIZE, "prompt")["prompt"]
            tokens = self.vocabulary.encode(text)
            return {"count": len(tokens), "max_model_len": 4096, "tokens": tokens, "token_strs": None}
        return {"tokens": self.vocabulary.encode(check_tokens(payload, LLAMA_TOKENIZE, "content")["content"])}

    # OpenAI's and vLLM's completions -----------------------------------------------------------------------

    def _completions(self, payload: Any, fault: Fault | None) -> Body:
        rules = (VLLM_COMPLETIONS,) if self.dialect == "vllm" else ()
        fields = check_completion(payload, *rules)
        prompt = fields["prompt"]
        tokens = tokenize(prompt) if isinstance(prompt, str) else self.vocabulary.decode(numbers(prompt))
        rows = _bent(list(score(fields["model"], [*tokens, GENERATED])), fault)
        body = _completion(fields["model"], "".join(tokens), len(tokens))
        choice = body["choices"][0]
        if fault is not None and fault.kind is Kind.NO_ECHO:
            choice["text"] = GENERATED
        elif fields.get("echo"):
            choice["logprobs"] = _echoed([*tokens, GENERATED], rows)
        if fields.get("prompt_logprobs") is not None:
            choice["prompt_logprobs"] = [self._row(row) for row in rows[:-1]]
            choice["text"] = GENERATED
        return body

    def _row(self, row: Scored | None) -> Body | None:
        """Write a token of the prompt as vLLM does: by its number, with the likeliest beside it."""
        if row is None:
            return None
        ids = self.vocabulary.encode
        best = {"logprob": row.best_logprob, "rank": 1, "decoded_token": row.best}
        own = {"logprob": row.logprob, "rank": row.rank, "decoded_token": row.token}
        return {str(ids(row.best)[0]): best} | {str(ids(row.token)[0]): own}

    # llama.cpp's completion --------------------------------------------------------------------------------

    def _forced(self, payload: Any, fault: Fault | None) -> Body:
        fields = check_tokens(payload, LLAMA_COMPLETION, "prompt", "n_predict", "n_probs", "temperature")
        forced = self.vocabulary.decode(self._forced_numbers(fields))
        before = self.vocabulary.decode(numbers(fields["prompt"]))
        if "grammar" in fields and any(token in HALF_CHARACTERS for token in forced):
            raise Refusal("Failed to sample token: no candidate", status=500, type="server_error")
        if "logit_bias" in fields:
            return self._distribution(before, forced[0])
        rows = _bent(list(score("any", [*before, *forced])), fault)[len(before) :]
        return {
            "content": "".join(forced),
            "tokens_evaluated": len(before),
            "completion_probabilities": [self._probability(row) for row in rows if row is not None],
        }

    def _distribution(self, before: list[str], written: str) -> Body:
        """Tell every token's log-probability in a place; nothing, where a part of a character is written."""
        if written in HALF_CHARACTERS:
            return {"content": "\ufffd"}
        scores = [list(score("any", [*before, token]))[-1] for token in list(self.vocabulary.texts)]
        known = sorted((row for row in scores if row is not None), key=lambda row: -row.logprob)
        ids = self.vocabulary.ids
        tops = [{"id": ids[row.token], "token": row.token, "logprob": row.logprob} for row in known]
        own = {"id": ids[written], "token": written, "logprob": 0.0, "top_logprobs": tops}
        return {"content": written, "completion_probabilities": [own]}

    def _forced_numbers(self, fields: Body) -> list[int]:
        if "logit_bias" in fields and fields["n_predict"] == 1:
            (pair,) = fields["logit_bias"]
            return [pair[0]]
        match = FORCED.fullmatch(fields.get("grammar", ""))
        forced = [int(number) for number in re.findall(r"\d+", match.group(1))] if match else []
        if not forced or len(forced) != fields["n_predict"]:
            raise Refusal("The simulated llama.cpp writes what a grammar of tokens or a bias forces alone.")
        return forced

    def _probability(self, row: Scored) -> Body:
        number, best = self.vocabulary.encode(row.token)[0], self.vocabulary.encode(row.best)[0]
        top = {"id": best, "token": row.best, "logprob": row.best_logprob}
        return {"id": number, "token": row.token, "logprob": row.logprob, "top_logprobs": [top]}


def _bent(rows: Sequence[Scored | None], fault: Fault | None) -> list[Scored | None]:
    """Let a silent fault change the log-probabilities."""
    if fault is not None and fault.kind is Kind.OFF_BY_ONE:
        shifted = [None, *rows[:-1]]
        return [
            row and replace(before or row, token=row.token) for before, row in zip(shifted, rows, strict=True)
        ]
    if fault is not None and fault.kind is Kind.DRIFT:
        return [row and _drifted(row, place, fault.nats) for place, row in enumerate(rows)]
    return list(rows)


def _drifted(row: Scored, place: int, nats: float) -> Scored:
    return replace(row, logprob=row.logprob - nats * (0.4 + 0.6 * fraction("drift", place, row.token)))


def _echoed(tokens: Sequence[str], rows: Sequence[Scored | None]) -> Body:
    """Write the echoed tokens as OpenAI does: the likeliest in each place, where it is another, beside it."""
    starts = [sum(map(len, tokens[:place])) for place in range(len(tokens))]
    return {
        "tokens": list(tokens),
        "token_logprobs": [row and row.logprob for row in rows],
        "top_logprobs": [row and {row.best: row.best_logprob} for row in rows],
        "text_offset": starts,
    }


def _completion(model: str, prompt: str, used: int) -> Body:
    return {
        "id": "cmpl-tokens",
        "object": "text_completion",
        "model": model,
        "choices": [{"index": 0, "text": prompt + GENERATED, "logprobs": None, "finish_reason": "length"}],
        "usage": {"prompt_tokens": used, "completion_tokens": 1, "total_tokens": used + 1},
    }
