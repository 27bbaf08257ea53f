"""Progress, status, failure, budget and cost estimate of a submission as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.queries import RunProgress, SubmissionStatus
from leaderboard.presenters.failures import readable_message, readable_reason
from leaderboard.presenters.messages import failure_message, status_message

INSIDERS_ONLY = "Empty unless you are its submitter or an operator"


class CountedRow(serializers.Serializer[Any]):
    """Counts of samples and tokens, cost, rate and remaining time."""

    samples_total = serializers.IntegerField(
        source="counted.samples_total", allow_null=True, help_text="Null until it is planned."
    )
    samples_done = serializers.IntegerField(source="counted.samples_done")
    samples_in_flight = serializers.IntegerField(source="counted.samples_in_flight")
    samples_failed = serializers.IntegerField(
        source="counted.samples_failed", help_text="Refused for good by the provider."
    )
    requests_retried = serializers.IntegerField(
        source="counted.requests_retried",
        help_text="Requests that failed at least once and were asked again.",
    )
    input_tokens = serializers.IntegerField(source="counted.input_tokens")
    cached_tokens = serializers.IntegerField(source="counted.cached_tokens")
    reasoning_tokens = serializers.IntegerField(source="counted.reasoning_tokens")
    output_tokens = serializers.IntegerField(source="counted.output_tokens")
    cost_usd = serializers.DecimalField(14, 8, source="counted.cost_usd", allow_null=True)
    responses_per_s = serializers.FloatField(source="pace.responses_per_s", help_text="Of the last minute.")
    eta_s = serializers.FloatField(
        source="pace.eta_s",
        allow_null=True,
        help_text="Seconds left at this rate; null where nothing came lately.",
    )
    eta_low_s = serializers.FloatField(
        source="pace.eta_low_s", allow_null=True, help_text="With eta_high_s: 95%, by the spread of the rate."
    )
    eta_high_s = serializers.FloatField(source="pace.eta_high_s", allow_null=True)


class FailureRow(serializers.Serializer[Any]):
    """Why something failed, and the next step for the reader."""

    code = serializers.CharField(help_text="For programs.")
    title = serializers.CharField(help_text="What the code means.")
    message = serializers.CharField(help_text=f"The provider's own words, without secrets. {INSIDERS_ONLY}.")
    next_step = serializers.CharField()


class RunProgressRow(CountedRow):
    """The progress of one run."""

    run_id = serializers.IntegerField()
    task = serializers.CharField()
    state = serializers.CharField()
    failure_code = serializers.CharField()
    failure_message = serializers.SerializerMethodField(help_text=f"{INSIDERS_ONLY}.")

    def get_failure_message(self, run: RunProgress) -> str:
        """Return why it failed, in the provider's words, for insiders."""
        return readable_message(run.failure_code, run.failure_message, insider=self.context["insider"])


class ProgressRow(CountedRow):
    """The progress of a submission."""

    runs = RunProgressRow(many=True)


class SituationRow(serializers.Serializer[Any]):
    """What a submission does or waits for."""

    what = serializers.CharField(help_text="For programs, such as provider_down.")
    sentence = serializers.CharField(help_text="For people.")
    at = serializers.DateTimeField(
        allow_null=True, help_text="Until when it waits, or since when it is as it is."
    )
    reason = serializers.CharField(
        help_text=f"Where it is `held`: why the service stopped it. {INSIDERS_ONLY}."
    )


class BudgetRow(serializers.Serializer[Any]):
    """A budget; `reserved_usd` is the maximum cost of the calls in flight.

    `possibly_billed_usd` is the maximum cost of the calls whose usage never came back.
    """

    kind = serializers.ChoiceField(["submission", "credential"])
    limit_calls = serializers.IntegerField(allow_null=True)
    spent_calls = serializers.IntegerField(
        allow_null=True, help_text="Calls that were sent, where they are limited."
    )
    left_calls = serializers.IntegerField(allow_null=True)
    limit_usd = serializers.DecimalField(14, 8, allow_null=True)
    spent_usd = serializers.DecimalField(14, 8)
    reserved_usd = serializers.DecimalField(14, 8)
    possibly_billed_usd = serializers.DecimalField(14, 8)
    left_usd = serializers.DecimalField(14, 8, allow_null=True)


class SpanRow(serializers.Serializer[Any]):
    """A range with its likely value."""

    low = serializers.FloatField()
    likely = serializers.FloatField()
    high = serializers.FloatField()


class EstimateRow(serializers.Serializer[Any]):
    """The estimated cost of a submission."""

    calls = serializers.IntegerField(allow_null=True, help_text="Those that have no answer on record yet.")
    input_tokens = SpanRow(allow_null=True)
    output_tokens = SpanRow(allow_null=True)
    usd = SpanRow(allow_null=True)
    seconds = SpanRow(
        allow_null=True,
        help_text="From the first call to the end, by recorded throughput; null with too little.",
    )
    learned_from = serializers.ListField(child=serializers.CharField())
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="What is not known, and makes a null above."
    )


def serialize_status(situation: SubmissionStatus, *, insider: bool) -> Any:
    """Serialize a status for an insider or anybody else."""
    values = {
        "what": situation.activity.value,
        "sentence": status_message(situation),
        "at": situation.at,
        "reason": readable_reason(situation, insider=insider),
    }
    return SituationRow(values).data


def serialize_failure(code: str, message: str, *, insider: bool) -> Any:
    """Serialize a failure for an insider or anybody else; None without a code."""
    if not code:
        return None
    known, message = failure_message(code), readable_message(code, message, insider=insider)
    values = {"code": code, "title": str(known.title), "message": message, "next_step": str(known.next_step)}
    return FailureRow(values).data
