"""The only import of lm-eval: tasks become prompts, and answers on record become its results.

Import this module inside a function of the worker: it costs seconds and hundreds of MB.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from typing import Any, Protocol

# Before the import: no hub is asked for anything, no pool is opened in a worker's child (it may have no
# children), no bar is drawn into a log. An operator who wants hub tasks sets HF_HUB_OFFLINE=0.
for _name, _value in {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    "DISABLE_MULTIPROC": "1",
}.items():
    os.environ.setdefault(_name, _value)
os.environ["HF_ALLOW_CODE_EVAL"] = "0"  # code that a model has written runs in our sandbox or nowhere

import datasets  # noqa: E402
import numpy as np  # noqa: E402
from lm_eval import utils  # noqa: E402
from lm_eval.api.instance import Instance  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.api.task import Task  # noqa: E402
from lm_eval.defaults import DEFAULT_OTHER_SEED, DEFAULT_RANDOM_SEED  # noqa: E402
from lm_eval.evaluator_utils import _process_results  # noqa: E402
from lm_eval.models.api_models import JsonChatStr  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

from evals.engine import sandbox  # noqa: E402
from evals.engine.code_eval import METRIC as CODE_METRIC  # noqa: E402
from evals.engine.code_eval import in_the_sandbox  # noqa: E402
from evals.engine.hub import from_the_hub  # noqa: E402
from evals.engine.requests import GENERATE, LOGLIKELIHOOD, LOGLIKELIHOOD_ROLLING, Prompt, TaskSpec  # noqa: E402

logging.getLogger("lm_eval").setLevel(logging.ERROR)
LM_EVAL_VERSION = version("lm_eval")
# A template is otherwise compiled anew for every field of every item: half of the time of planning.
utils.env.from_string = lru_cache(maxsize=4096)(utils.env.from_string)
datasets.load_dataset = from_the_hub(datasets.load_dataset)
LOOKED_UP_TOGETHER = 100  # items
# Stand in for an answer that there is not: what is scored of them is set to wrong.
PLACEHOLDERS: dict[str, Any] = {
    GENERATE: "",
    LOGLIKELIHOOD: (float("-inf"), False),
    LOGLIKELIHOOD_ROLLING: float("-inf"),
}
PUNKT = "punkt_tab"  # NLTK's data for cutting a text into sentences and words


class UnknownTask(ValueError):
    """A task's folder has no task of that name."""


class CodeNotAllowed(ValueError):
    """A task runs code that a model has written, and nobody allowed that, or the sandbox cannot hold it."""


class CannotCountAsWrong(ValueError):
    """An item without an answer cannot be scored by a metric that is better when smaller."""


class NotInstalled(ValueError):
    """A task needs a package or data that this machine does not have."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of lm-eval: its place in the task, its type, and what it asks."""

    doc_id: int
    idx: int
    repeats: int
    request_type: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a task with its requests, its target, and the three hashes that lm-eval logs."""

    doc_id: int
    doc: dict[str, Any]
    target: str
    doc_hash: str
    prompt_hash: str
    target_hash: str
    asks: tuple[Ask, ...]


def load(spec: TaskSpec) -> Task:
    """Load one task of a folder as `lm_eval run --include_path` does, its seeds and settings included."""
    random.seed(DEFAULT_RANDOM_SEED)
    np.random.seed(DEFAULT_OTHER_SEED)
    manager = TaskManager(include_defaults=False, include_path=str(spec.folder))
    if spec.name not in manager.all_subtasks:
        known = ", ".join(manager.all_subtasks) or "none"
        raise UnknownTask(f"There is no task {spec.name!r} in {spec.folder.name!r}; there are: {known}.")
    _refuse_without_words(spec)
    sandboxed = _mentions(spec, CODE_METRIC)
    if sandboxed:
        _prepare_sandbox(spec)
    try:
        task: Task = manager.load([spec.name])["tasks"][spec.name]
    except ImportError as problem:
        raise NotInstalled(f"Task {spec.name} cannot be loaded: {problem}") from problem
    if getattr(task, "UNSAFE_CODE", False) and not sandboxed:
        raise CodeNotAllowed(
            f"Task {spec.name} runs code that the model has written by a way of its own, "
            f"and not by the metric {CODE_METRIC}, which the sandbox stands in for."
        )
    if spec.options.gen_kwargs and task.get_config("output_type") == "generate_until":
        task.set_config(key="generation_kwargs", value=dict(spec.options.gen_kwargs), update=True)
    _set_fewshot(task, spec.num_fewshot)
    return task


def _mentions(spec: TaskSpec, word: str) -> bool:
    """Tell whether a file of the task's folder has a word."""
    files = [*spec.folder.glob("*.py"), *spec.folder.glob("*.yaml")]
    return any(word in path.read_text(encoding="utf-8") for path in files)


def _prepare_sandbox(spec: TaskSpec) -> None:
    """Refuse where code may not or cannot run; else put the sandbox in the metric's place."""
    if not spec.code_allowed:
        raise CodeNotAllowed(
            f"Task {spec.name} runs code that the model has written. That is off here: an operator turns it "
            "on with RUN_MODEL_CODE=on, and it then runs in a sandbox."
        )
    if refusal := sandbox.unavailable():
        raise sandbox.SandboxUnavailable(refusal)
    import evaluate as metrics

    if not hasattr(metrics.load, "__wrapped__"):
        metrics.load = in_the_sandbox(metrics.load)


def _refuse_without_words(spec: TaskSpec) -> None:
    """Refuse a task whose scoring would first find out, when all is paid, that NLTK's data are not there."""
    if not _mentions(spec, PUNKT):
        return
    import nltk

    try:
        nltk.data.find(f"tokenizers/{PUNKT}")
    except LookupError:
        raise NotInstalled(
            f"Task {spec.name} needs NLTK's data {PUNKT}: "
            f"fetch them with `python -m nltk.downloader {PUNKT}`."
        ) from None


def _set_fewshot(task: Task, wanted: int | None) -> None:
    """Follow lm-eval's rule: a task that says 0 keeps it, else the setting wins, else 0."""
    configured = task.get_config("num_fewshot")
    if wanted is not None and configured != 0:
        task.set_config(key="num_fewshot", value=wanted)
    elif configured is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)


def items(task: Task, spec: TaskSpec, *, chat: bool) -> Iterator[Item]:
    """Give the items of a task with every prompt, one by one: no more than one is held."""
    for instances in _documents(task, spec, chat):
        yield _item(task, spec, instances)


def _documents(task: Task, spec: TaskSpec, chat: bool) -> Iterator[list[Instance]]:
    """Build the requests of each document as `Task.build_all_requests` does, without keeping them all."""
    template, multiturn = _chat_template if chat else None, _multiturn(spec, chat)
    for doc_id, doc in task.doc_iterator(rank=0, limit=spec.options.limit, world_size=1):
        context = task.fewshot_context(
            doc,
            num_fewshot=task.config.num_fewshot or 0,
            system_instruction=spec.options.system_instruction,
            apply_chat_template=chat,
            fewshot_as_multiturn=multiturn,
            chat_template=template,
            gen_prefix=task.doc_to_prefix(doc),
        )
        built = task.construct_requests(
            doc=doc,
            ctx=context,
            metadata=(task.config["task"], doc_id, task.config.repeats),
            apply_chat_template=chat,
            chat_template=template,
        )
        yield sorted(built, key=lambda instance: instance.idx) if isinstance(built, list) else [built]


def _multiturn(spec: TaskSpec, chat: bool) -> bool:
    """Whether shots are turns of the chat: as the options say, else always, as lm-eval's command does."""
    wanted = spec.options.fewshot_as_multiturn
    return chat if wanted is None else chat and wanted


def filter_count(task: Task) -> int:
    """Return how many times lm-eval logs each sample: once a filter."""
    return len(task._filters)


def _item(task: Task, spec: TaskSpec, instances: list[Instance]) -> Item:
    doc, target = instances[0].doc, str(task.doc_to_target(instances[0].doc))
    text = json.dumps(doc, indent=2, default=utils.handle_non_serializable, ensure_ascii=False)
    return Item(
        doc_id=instances[0].doc_id,
        doc=json.loads(text),
        target=target,
        doc_hash=utils.hash_string(text),
        prompt_hash=utils.hash_string(instances[0].arguments[0]),
        target_hash=utils.hash_string(target),
        asks=tuple(_ask(spec, instance) for instance in instances),
    )


def _ask(spec: TaskSpec, instance: Instance) -> Ask:
    return Ask(
        doc_id=instance.doc_id,
        idx=instance.idx,
        repeats=instance.repeats or 1,
        request_type=instance.request_type,
        prompt=_prompt(spec, instance),
    )


def _prompt(spec: TaskSpec, instance: Instance) -> Prompt:
    context, *rest = instance.args
    is_chat = isinstance(context, JsonChatStr)
    text = context.prompt if is_chat else context
    generates, scores_all = instance.request_type == GENERATE, instance.request_type == LOGLIKELIHOOD_ROLLING
    return Prompt(
        text="" if scores_all else text,
        chat=tuple(json.loads(text)) if is_chat else None,
        gen_kwargs=rest[0] if generates and rest and isinstance(rest[0], dict) else {},
        max_gen_toks=spec.options.max_gen_toks,
        seed=spec.options.seed,
        request_type=instance.request_type,
        continuation=text if scores_all else "" if generates else rest[0],
    )


def _chat_template(chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> JsonChatStr:
    return JsonChatStr(json.dumps(chat_history, ensure_ascii=False))


class Answers(Protocol):
    """The answers on record, as lm-eval asks for them: to some prompts, each with a repeat, at once."""

    def texts(self, prompts: Sequence[tuple[Prompt, int]]) -> list[str | None]:
        """Return the generated texts; None where the item has no answer."""

    def likelihoods(self, prompts: Sequence[tuple[Prompt, int]]) -> list[tuple[float, bool] | None]:
        """Return log-probabilities, each with whether greedy decoding gives the text; None: no answer."""


class AnswersOnRecord(LM):  # type: ignore[misc]
    """A model that only looks answers up: it is asked for the answer to a prompt and a repeat."""

    tokenizer_name = ""

    def __init__(self, spec: TaskSpec, answers: Answers) -> None:
        super().__init__()
        self.spec = spec
        self.answers = answers

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str | None]:
        """Answer each request with the text on record; None where there is no answer."""
        return self.answers.texts(list(self._prompts(requests)))

    def loglikelihood(
        self, requests: list[Instance], disable_tqdm: bool = False
    ) -> list[tuple[float, bool] | None]:
        """Answer each request with a log-probability, and whether greedy decoding gives the text."""
        return self.answers.likelihoods(list(self._prompts(requests)))

    def loglikelihood_rolling(
        self, requests: list[Instance], disable_tqdm: bool = False
    ) -> list[float | None]:
        """Answer each request with the log-probability of a whole text."""
        return [answer and answer[0] for answer in self.loglikelihood(requests)]

    def _prompts(self, requests: list[Instance]) -> Iterator[tuple[Prompt, int]]:
        """Give each request's prompt and repeat; lm-eval lists a request once for each of its repeats."""
        repeats: dict[int, int] = {}
        for instance in requests:
            repeat = repeats.get(id(instance), 0)
            repeats[id(instance)] = repeat + 1
            yield _prompt(self.spec, instance), repeat

    def apply_chat_template(
        self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True
    ) -> JsonChatStr:
        """Write a chat as the JSON text that lm-eval's API models use."""
        return _chat_template(chat_history, add_generation_prompt)


@dataclass(frozen=True, slots=True)
class FilterResult:
    """What a filter made of one item's answers, and what the item scored by it."""

    filter: str
    filtered: list[Any]
    metrics: dict[str, Any]


class TaskEvaluation:
    """lm-eval's own scoring of a task on the answers on record, some items at a time.

    It is `lm_eval.evaluator.evaluate` without its lists, which hold every prompt and log line of a task
    at once: requests, filters, metrics and their aggregation are lm-eval's.
    """

    def __init__(self, spec: TaskSpec, *, chat: bool, answers: Answers) -> None:
        self.spec, self.chat = spec, chat
        self.model = AnswersOnRecord(spec, answers)
        self.task = load(spec)
        self.filter_count = filter_count(self.task)
        self.values: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self.n_items = 0
        self.unanswered: list[int] = []  # the places of items that have no answer and count as wrong

    def items(self) -> Iterator[tuple[Item, list[FilterResult]]]:
        """Give each item with a line for each filter; raises what the answers raise."""
        documents = _documents(self.task, self.spec, self.chat)
        while group := list(islice(documents, LOOKED_UP_TOGETHER)):
            self._answer([instance for instances in group for instance in instances])
            for instances in group:
                item = _item(self.task, self.spec, instances)
                answered = [self._complete(instance) for instance in instances]
                if not all(answered):
                    self.unanswered.append(self.n_items)
                self.n_items += 1
                for ensemble in self.task._filters:
                    ensemble.apply(instances)
                names = instances[0].filtered_resps
                yield item, [self._filter_result(instances, name, wrong=not all(answered)) for name in names]

    def _answer(self, instances: list[Instance]) -> None:
        """Give each instance its answers, one for each repeat, as `evaluate` does."""
        by_type: dict[str, list[Instance]] = defaultdict(list)
        for instance in instances:
            by_type[instance.request_type] += [instance] * (instance.repeats or 1)
        for request_type, group in by_type.items():
            for instance, answer in zip(group, getattr(self.model, request_type)(group), strict=True):
                instance.resps.append(answer)

    def _complete(self, instance: Instance) -> bool:
        """Put a placeholder in the place of each missing answer; return whether there is any answer."""
        placeholder = PLACEHOLDERS[instance.request_type]
        answered = any(answer is not None for answer in instance.resps)
        instance.resps = [placeholder if answer is None else answer for answer in instance.resps]
        return answered

    def _filter_result(self, instances: list[Instance], name: str, *, wrong: bool) -> FilterResult:
        filtered = [instance.filtered_resps[name] for instance in instances]
        with np.errstate(all="ignore" if wrong else "warn"):
            metrics = self.task.process_results(instances[0].doc, filtered)
        if wrong:
            better = self.task.higher_is_better()
            metrics = {
                metric: wrong_value(metric, value, higher_is_better=better.get(metric) is not False)
                for metric, value in metrics.items()
            }
        for metric, value in metrics.items():
            self.values[metric, name].append(value)
        return FilterResult(name, plain(filtered), plain(metrics))

    def upper_bounds(self) -> dict[str, float]:
        """Return, by "metric,filter", each metric as if every item without an answer were right."""
        aggregations, bounds = self.task.aggregation(), {}
        for (metric, name), values in self.values.items():
            if not self.unanswered or not isinstance(values[0], int | float) or metric not in aggregations:
                continue
            best = list(values)
            for place in self.unanswered:
                best[place] = 1.0
            bounds[f"{metric},{name}"] = float(aggregations[metric](best))
        return bounds

    def results(self) -> dict[str, Any]:
        """Return lm-eval's results, without the samples, once all items have been given."""
        counted = {"task": self.task, "raw_metrics": self.values, "logged_samples": []}
        evaluated = _process_results({self.spec.name: counted})._to_eval_results()
        as_json: dict[str, Any] = plain(evaluated)
        return as_json


def wrong_value(metric: str, value: Any, *, higher_is_better: bool) -> Any:
    """Return a metric's value for an item that counts as wrong; what is no number is left as it is."""
    if not higher_is_better:
        raise CannotCountAsWrong(
            f"An item has no answer, and the metric {metric} is better when it is smaller: "
            "there is no value that would count as wrong."
        )
    if isinstance(value, list) and all(isinstance(part, bool | np.bool_) for part in value):
        return [False] * len(value)
    return 0.0 if isinstance(value, bool | int | float | np.number | np.bool_) else value


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it; a number that is not finite becomes its name."""
    text = json.dumps(value, default=utils.handle_non_serializable)
    return json.loads(text, parse_constant=str)
