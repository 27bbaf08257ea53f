"""plan: a task becomes samples, and each sample the requests that it needs, told by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evals.engine.keys import TaskHash, canonical, request_key
from evals.engine.protocols import Protocol, protocol_named
from evals.engine.requests import EndpointSpec, PlannedRequest, PlannedSample, TaskSpec

if TYPE_CHECKING:
    from evals.engine.harness import Ask, Item


class UnsupportedRequest(ValueError):
    """A task asks for something that the endpoint's protocol cannot answer."""


class TaskPlan:
    """The samples of a task for an endpoint, and lm-eval's identity of them once all have been read."""

    def __init__(self, *, task: TaskSpec, endpoint: EndpointSpec) -> None:
        self.task = task
        self.endpoint = endpoint
        self.protocol: Protocol = protocol_named(endpoint.protocol)
        self.lm_eval_version = ""
        self.task_version = ""
        self.task_hash = ""

    def samples(self) -> Iterator[PlannedSample]:
        """Give the samples one by one; the versions and the hash stand when the last has been given."""
        from evals.engine import harness

        self.lm_eval_version = harness.LM_EVAL_VERSION
        task = harness.load(self.task)
        self.task_version = str(task.VERSION)
        hashes = TaskHash()
        for item in harness.items(task, self.task, chat=self.protocol.chat):
            hashes.add(item.doc_hash, item.prompt_hash, item.target_hash)
            yield self._sample(item)
        self.task_hash = hashes.digest(harness.filter_count(task))

    def _sample(self, item: Item) -> PlannedSample:
        return PlannedSample(
            doc_id=item.doc_id,
            doc=item.doc,
            prompt=item.asks[0].prompt.text or item.asks[0].prompt.continuation,
            target=item.target,
            doc_hash=item.doc_hash,
            prompt_hash=item.prompt_hash,
            target_hash=item.target_hash,
            requests=tuple(request for ask in item.asks for request in self._requests(ask)),
        )

    def _requests(self, ask: Ask) -> Iterator[PlannedRequest]:
        can = self.endpoint.can
        if ask.request_type not in (answered := self.protocol.answers(can)):
            raise UnsupportedRequest(
                f"Task {self.task.name} makes {ask.request_type} requests; {self.endpoint.slug} through "
                f"{self.protocol.name} answers {', '.join(sorted(answered))}."
            )
        body = canonical(self.protocol.payload(self.endpoint.api_model, ask.prompt, can))
        fresh = self.task.options.fresh
        for repeat in range(ask.repeats):
            key = request_key(
                endpoint=self.endpoint, protocol=self.protocol, body=body, repeat=repeat, fresh=fresh
            )
            yield PlannedRequest(
                key=key, body=body, idx=ask.idx, repeat=repeat, continuation=ask.prompt.continuation
            )
