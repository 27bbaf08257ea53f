"""Runs, the execution of a task on an endpoint: samples, requests, attempts, responses and scores."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Benchmark, CatalogueEdition, Form, Model, Sourced, Task
from evals.models.endpoints import Endpoint
from evals.models.history import History
from evals.models.imports import Import
from evals.models.submissions import Submission


class RunState(models.TextChoices):
    """The state of a run: its next step (plan, call, score), or how it ended."""

    QUEUED = "queued", _("waiting to be planned")
    CALLING = "calling", _("asking the model")
    SCORING = "scoring", _("waiting to be scored")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_RUN_STATES = frozenset({RunState.QUEUED, RunState.CALLING, RunState.SCORING})


class RequestState(models.TextChoices):
    """A request is sent until it is answered; one that ended in a fault is settled with its run."""

    PENDING = "pending", _("waiting")
    LEASED = "leased", _("taken by a worker")
    ANSWERED = "answered", _("answered")
    REFUSED = "refused", _("refused for good")


class Provenance(models.TextChoices):
    """The origin of a score."""

    MEASURED = "measured", _("measured here")
    IMPORTED = "imported", _("imported with samples")
    REPORTED = "reported", "reported"


SUBMITTED = (
    "EXISTS (SELECT 1 FROM {base}.evals_submission s WHERE s.id = r.submission_id AND s.created_at < {at})"
)
PLANNED = "EXISTS (SELECT 1 FROM {base}.evals_run u WHERE u.id = r.run_id AND u.planned_at < {at})"
EMBARGOED = (
    "EXISTS (SELECT 1 FROM {base}.evals_submission s WHERE s.id = SUBMISSION AND s.embargo_until >= {at})"
)
SCORED = (
    "EXISTS (SELECT 1 FROM {base}.evals_run u"
    " WHERE u.id = r.run_id AND u.finished_at < {at} AND NOT EMBARGOED)"
).replace("EMBARGOED", EMBARGOED.replace("SUBMISSION", "u.submission_id"))
PUBLISHED = "r.finished_at < {at} AND NOT " + EMBARGOED.replace("SUBMISSION", "r.submission_id")
ANSWERED = "EXISTS (SELECT 1 FROM {base}.evals_response p WHERE p.request_id = r.id AND p.received_at < {at})"


class Run(models.Model):
    """The execution of one task of a submission on its endpoint, with all that is needed to repeat it."""

    history = History(
        SUBMITTED,
        {
            "state": "CASE WHEN r.finished_at < {at} THEN r.state WHEN r.called_at < {at} THEN 'scoring'"
            " WHEN r.planned_at < {at} THEN 'calling' ELSE 'queued' END",
            "failure_code": "CASE WHEN r.finished_at < {at} THEN r.failure_code ELSE '' END",
            "failure_message": "CASE WHEN r.finished_at < {at} THEN r.failure_message ELSE '' END",
            "n_samples": "CASE WHEN r.planned_at < {at} THEN r.n_samples END",
            "n_requests": "CASE WHEN r.planned_at < {at} THEN r.n_requests END",
            "results": f"CASE WHEN {PUBLISHED} THEN r.results END",
            "outcomes": f"CASE WHEN {PUBLISHED} THEN r.outcomes ELSE '{{{{}}}}' END",
            "usage": f"CASE WHEN {PUBLISHED} THEN r.usage ELSE '{{{{}}}}' END",
            "planned_at": "CASE WHEN r.planned_at < {at} THEN r.planned_at END",
            "called_at": "CASE WHEN r.called_at < {at} THEN r.called_at END",
            "finished_at": "CASE WHEN r.finished_at < {at} THEN r.finished_at END",
        },
    )
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="runs")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="runs")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    step_attempts = models.PositiveIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    n_samples = models.PositiveIntegerField(null=True, blank=True)
    n_requests = models.PositiveIntegerField(null=True, blank=True)
    settings = models.JSONField(default=dict)
    base_url = models.URLField(
        max_length=300, blank=True, help_text="Where its requests go, as it was planned: part of their keys."
    )
    results = models.JSONField(null=True, blank=True)
    outcomes = models.JSONField(default=dict, help_text="How many requests ended how.")
    usage = models.JSONField(
        default=dict, help_text="Tokens and dollars, of the run, a sample, a right answer."
    )
    lm_eval_version = models.CharField(max_length=40, blank=True)
    task_hash = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=80, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rescore_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody wants it scored anew; a worker does it, at no call."
    )

    class Meta:
        ordering = ["submission", "id"]
        indexes = [models.Index(fields=["state"], name="run_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["submission", "task"], name="submission_runs_a_task_once"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=RunState.FINISHED) | Q(results__isnull=False),
                name="finished_run_has_results",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.FAILED) | ~Q(failure_code=""), name="failed_run_has_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.task} on {self.endpoint} ({self.state})"


class Request(models.Model):
    """A request to an endpoint, identified by its key, so that its answer can be reused."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.evals_samplerequest q JOIN {base}.evals_run u ON u.id = q.run_id"
        " WHERE q.request_id = r.id AND u.planned_at < {at})",
        {"state": f"CASE WHEN {ANSWERED} THEN 'answered' ELSE 'pending' END"},
    )
    key = models.CharField(max_length=64, unique=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="requests")
    payload = models.TextField(help_text="The exact body that is sent: canonical JSON, never with a secret.")
    asked_for = models.ForeignKey(
        Run,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="canary_requests",
        db_index=False,
        help_text="The run whose canaries this is one of; no sample needs it.",
    )
    state = models.CharField(max_length=8, choices=RequestState, default=RequestState.PENDING)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    reserved_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="request_leases"),
            models.Index(
                fields=["asked_for"], condition=Q(asked_for__isnull=False), name="request_of_canaries"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="request_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=RequestState.LEASED) | Q(lease_until__isnull=False),
                name="leased_request_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key[:12]} ({self.state})"


class Attempt(models.Model):
    """One sending of a request; if a worker dies during it, it ends as lost and may be billed."""

    history = History(
        "r.sent_at < {at}",
        {
            "ended_at": "CASE WHEN r.ended_at < {at} THEN r.ended_at END",
            "outcome": "CASE WHEN r.ended_at < {at} THEN r.outcome ELSE '' END",
            "http_status": "CASE WHEN r.ended_at < {at} THEN r.http_status END",
            "detail": "CASE WHEN r.ended_at < {at} THEN r.detail ELSE '' END",
            "possibly_billed_usd": "CASE WHEN r.ended_at < {at} THEN r.possibly_billed_usd END",
        },
    )
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="sendings", db_index=False)
    paid_by = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="attempts", db_index=False
    )
    number = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=24, blank=True)
    http_status = models.PositiveIntegerField(null=True, blank=True)
    detail = models.TextField(blank=True)
    possibly_billed_usd = models.DecimalField(
        max_digits=14,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="The most that it may have cost, where no usage came back.",
    )

    class Meta:
        ordering = ["request", "number"]
        indexes = [
            models.Index(
                fields=["paid_by"],
                condition=Q(possibly_billed_usd__isnull=False),
                name="attempt_possibly_billed",
            )
        ]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="attempt_number_is_unique")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.request}"


class Response(models.Model):
    """The stored answer to a request: the raw body and the parsed fields."""

    history = History("r.received_at < {at}")
    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="response")
    paid_by = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="paid_responses"
    )
    outcome = models.CharField(max_length=24)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    served_model = models.CharField(max_length=200, blank=True)
    response_id = models.CharField(max_length=200, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    latency_ms = models.PositiveIntegerField()
    first_token_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of a streamed answer: from sending to its first text."
    )
    tokens_per_s = models.FloatField(
        null=True,
        blank=True,
        help_text="Of a streamed answer: its output tokens, from its first text to its last.",
    )
    body = models.TextField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"response to {self.request}"


class Sample(models.Model):
    """An item of a task in a run: its prompt, its target, and the score of the answer."""

    history = History(
        PLANNED,
        {
            "answer": f"CASE WHEN {SCORED} THEN r.answer ELSE '' END",
            "filtered": f"CASE WHEN {SCORED} THEN r.filtered ELSE '{{{{}}}}' END",
            "metrics": f"CASE WHEN {SCORED} THEN r.metrics END",
        },
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="samples")
    doc_id = models.PositiveIntegerField()
    doc = models.JSONField()
    prompt = models.TextField()
    target = models.TextField()
    doc_hash = models.CharField(max_length=64)
    prompt_hash = models.CharField(max_length=64)
    target_hash = models.CharField(max_length=64)
    answer = models.TextField(blank=True)
    filtered = models.JSONField(default=dict, blank=True, help_text="What each filter made of the answers.")
    metrics = models.JSONField(null=True, blank=True)
    requests: models.ManyToManyField[Request, SampleRequest] = models.ManyToManyField(
        Request, through="SampleRequest", related_name="samples"
    )

    class Meta:
        ordering = ["run", "doc_id"]
        constraints = [models.UniqueConstraint(fields=["run", "doc_id"], name="run_has_a_sample_once")]

    def __str__(self) -> str:
        return f"sample {self.doc_id} of {self.run}"


class SampleRequest(models.Model):
    """The request for one part of a sample: its index among the sample's requests, and the repeat."""

    history = History(PLANNED)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sample_requests", db_index=False)
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, db_index=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT)
    idx = models.PositiveIntegerField()
    continuation = models.TextField(blank=True, help_text="What of the text was scored, for a likelihood.")
    repeat = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sample", "idx", "repeat"]
        indexes = [models.Index(fields=["run", "request"], name="run_requests")]
        constraints = [
            models.UniqueConstraint(fields=["sample", "idx", "repeat"], name="sample_asks_a_part_once")
        ]

    def __str__(self) -> str:
        return f"part {self.idx}.{self.repeat} of {self.sample}"


class Score(Sourced):
    """The value of a metric with standard error and number of items, for a model on a benchmark."""

    class ReportedBy(models.TextChoices):
        VENDOR = "vendor", _("reported by its developer")
        INDEPENDENT = "independent", _("reported independently")

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="scores")
    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="scores")
    value = models.FloatField()
    stderr = models.FloatField(null=True, blank=True)
    upper_bound = models.FloatField(
        null=True,
        blank=True,
        help_text="If more than 5% of the items have no answer: the score if all of these were right. "
        "`value` counts them as wrong.",
    )
    n = models.PositiveIntegerField(null=True, blank=True)
    partial_of = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="The benchmark's number of items, where the score is over `n` of them only.",
    )
    provenance = models.CharField(max_length=8, choices=Provenance)
    form = models.CharField(
        max_length=10, choices=Form, blank=True, default=Form.UNTOLD, help_text="How the items were answered."
    )
    reported_by = models.CharField(max_length=11, choices=ReportedBy, blank=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="scores")
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="scores"
    )
    edition = models.ForeignKey(
        CatalogueEdition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="scores",
        help_text="The catalogue that first had this row, and that alone may withdraw it.",
    )
    imported_in = models.ForeignKey(
        Import,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="scores",
        help_text="The file that this row, as it is now, was imported from.",
    )
    observed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["benchmark", "-value"]
        indexes = [models.Index(fields=["benchmark", "model"], name="score_cell")]
        constraints = [
            models.CheckConstraint(
                condition=Q(provenance__in=Provenance.values), name="score_provenance_is_known"
            ),
            models.CheckConstraint(
                condition=Q(stderr__isnull=True) | Q(stderr__gte=0), name="score_stderr_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(partial_of__isnull=True) | (Q(n__isnull=False) & Q(n__lt=F("partial_of"))),
                name="partial_score_has_fewer_items",
            ),
            models.CheckConstraint(
                condition=~Q(provenance="measured") | Q(submission__isnull=False),
                name="measured_score_has_its_runs",
            ),
            models.CheckConstraint(
                condition=~Q(provenance="reported") | ~Q(source=""), name="reported_score_has_a_source"
            ),
            models.UniqueConstraint(
                fields=["model", "benchmark", "reported_by", "source"],
                condition=Q(provenance="reported"),
                name="reported_score_is_unique",
            ),
            models.UniqueConstraint(
                fields=["submission", "benchmark"],
                condition=Q(provenance="measured"),
                name="measured_score_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} on {self.benchmark}: {self.value}"
