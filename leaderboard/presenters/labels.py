"""Labels: the words that readers see for codes and states."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evals.models import (
    DisputeState,
    Form,
    Openness,
    Provenance,
    RequestState,
    RunState,
    Score,
    SubmissionState,
)
from leaderboard.charts.names import COUNTRIES, DOMAINS
from leaderboard.lag.io import sentences

__all__ = ["COUNTRIES", "DOMAINS"]  # charts use them too

StrOrPromise = str | Promise

RECORD_CONTEXT = "in the record"
"""The gettext context of texts in the catalogue's files: see `management/messages.py`."""

COHORTS: dict[str, StrOrPromise] = {
    "CN": pgettext_lazy("before 'models'", "Chinese"),
    "US": pgettext_lazy("before 'models'", "US"),
}

COHORT_NAMES: dict[str, StrOrPromise] = {
    "CN": _("China"),
    "US": _("United States"),
    "open": _("open weights"),
    "closed": _("closed weights"),
}

CHART_TITLES: dict[str, StrOrPromise] = {
    "frontiers": _("The two frontiers"),
    "lags": _("The lag over time"),
    "domains": _("The lag by domain"),
    "forecast": _("The lag with its forecast"),
    "prices": _("The best at each price"),
}
"""The title of each chart of an estimate, in the order of a page."""

ATTRIBUTIONS: dict[str, StrOrPromise] = {
    "headquarters": _("by its developer's headquarters, dated by its release"),
    "base-model": _("by the headquarters of its base model's developer"),
    "host-country": _("by the country that it is hosted in, where that is on record"),
    "announcement": _("dated by its announcement where that came first"),
}

READINGS: dict[str, StrOrPromise] = {
    "catchup": _("catch-up lag"),
    "standing": _("standing lag"),
    "event_mean": _("mean of the event lags"),
    "event_median": _("median of the event lags"),
    "epoch_daily": _("Epoch's daily lag, within one index point"),
    "leader_matched": _("months until each record of the leader was matched"),
    "threshold": _("crossings of every twentieth of the scale"),
    "log_loss_tolerance": _("first model within 0.02 of log loss"),
    "bracket": _("age of the models just over and just under"),
}

READING_RULES: dict[str, StrOrPromise] = {
    "catchup": _("mean over the levels newly reached in 12 months, by the width of the level"),
    "standing": _("how long ago the leader had what the follower has now"),
    "event_mean": _("each record of the follower, back to the leader's first model as good"),
    "event_median": _("the same, its median"),
    "epoch_daily": _("each day, how long the leader has been above it by more than that; the mean"),
    "leader_matched": _("until the follower matched it; the median, with those still open"),
    "threshold": _("the follower's first crossing less the leader's; the mean"),
    "log_loss_tolerance": _("each record of the leader, to the follower's first model so near; the mean"),
    "bracket": _("the follower's best, and the age of the leader's models next to it"),
}

OUR_FIGURES: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    "catchup": (
        _("Catch-up, our headline"),
        _("mean over the levels newly reached in 12 months; the median of 2,000 draws"),
    ),
    "standing": (
        _("Standing, our second figure"),
        _("how long ago the leader had what the follower has now; the median of 2,000 draws"),
    ),
}

DATA_CHOICES: dict[str, StrOrPromise] = {
    "all": _("all benchmarks, by headquarters"),
    "base-model": _("by the base model's country"),
    "host-country": _("by the country of the host"),
    "announcement": _("by the day of announcement"),
    "public": _("public benchmarks alone"),
    "private": _("private benchmarks alone"),
    "partial": _("partly public benchmarks alone"),
    "index": _("Epoch's index alone"),
}

REMOVAL_KINDS: dict[str, StrOrPromise] = {
    "model": _("Without a model"),
    "benchmark": _("Without a benchmark"),
    "developer": _("Without a developer"),
}

LANGUAGES: dict[str, StrOrPromise] = {"en": _("English"), "zh": pgettext_lazy("a language", "Chinese")}

OUTCOMES: dict[str, StrOrPromise] = {
    "answered": _("answered"),
    "empty": _("empty answer"),
    "null": _("no text"),
    "length": _("cut at the token limit"),
    "refusal": _("refused"),
    "prompt_too_long": _("prompt too long"),
    "no_answer": _("reply without a message"),
    "truncated": _("generation broke off"),
    "rejected": _("request rejected"),
    "failed": _("every try failed"),
}

CHANGE_KINDS: dict[str, StrOrPromise] = {
    "score_added": _("score added"),
    "score_changed": _("score changed"),
    "score_withdrawn": _("score withdrawn"),
    "model_changed": _("facts of the model changed"),
    "several": _("several changes"),
}

PROVENANCE: dict[str, StrOrPromise] = {
    **dict(Provenance.choices),
    "vendor": Score.ReportedBy.VENDOR.label,
    "reported": Score.ReportedBy.INDEPENDENT.label,
}

TASK_FORMS: dict[str, StrOrPromise] = dict(Form.choices)

OPENNESS: dict[str, StrOrPromise] = dict(Openness.choices)

STATES: dict[str, StrOrPromise] = dict([*SubmissionState.choices, *RunState.choices, *RequestState.choices])

EXPORT_FILES: dict[str, StrOrPromise] = {
    "record.sqlite3": _("every table, as one SQLite database"),
    "site.zip": _("this site as files: unpack it, open index.html, or put it on any file server"),
    "every_eval_ever.zip": _("every score as Every Eval Ever 0.3, with the samples of our own runs"),
    "lm_eval.zip": _("our own runs as lm-eval's results and samples files"),
}

LICENCES: dict[str, StrOrPromise] = {"": _("none is named"), "fact": _("a fact, which nobody owns")}

DATE_FORMATS: dict[str, StrOrPromise] = {
    "day": pgettext_lazy("a short date, as Django's date filter writes it", "j M Y"),
    "month": pgettext_lazy("a month, as Django's date filter writes it", "M Y"),
    "year": pgettext_lazy("a year, as Django's date filter writes it", "Y"),
}

VISIBILITY: dict[str, StrOrPromise] = {
    "public": _("public"),
    "private": _("private"),
    "partial": _("partly public"),
}

CONTAMINATION: dict[str, StrOrPromise] = {
    "low": _("low risk that models were trained on them"),
    "medium": _("medium risk that models were trained on them"),
    "high": _("high risk that models were trained on them"),
}


DISPUTES: dict[str, StrOrPromise] = dict(DisputeState.choices)

FIELDS: dict[str, StrOrPromise] = {
    "aliases": _("Other names"),
    "announced_on": _("Announced"),
    "base_model": _("Base model"),
    "base_source": _("Source of the base model"),
    "benchmark": _("Benchmark"),
    "cached_input_usd_per_mtok": _("Cached input, USD for a million tokens"),
    "ceiling": _("Highest possible score"),
    "chance": _("Chance level"),
    "claimant": _("Who said it"),
    "claimed_on": _("Said on"),
    "contamination": _("Risk that models were trained on it"),
    "country": _("Country"),
    "developer": _("Developer"),
    "direction": _("Direction"),
    "domain": _("Domain"),
    "effort": _("Effort"),
    "family": _("Family"),
    "follower": _("Follower"),
    "form": _("How items are answered"),
    "headquarters": _("Headquarters"),
    "host_country": _("Host country"),
    "host_source": _("Source of the host country"),
    "in_force_on": _("In force from"),
    "input_usd_per_mtok": _("Input, USD for a million tokens"),
    "items": _("Items"),
    "kind": _("Kind"),
    "lag_months_high": _("Lag at most, months"),
    "lag_months_low": _("Lag at least, months"),
    "language": _("Language"),
    "leader": _("Leader"),
    "measure": _("Measure"),
    "metric": _("Metric"),
    "model": _("Model"),
    "n": _("Number of items"),
    "name": _("Name"),
    "observed_on": _("Observed on"),
    "openness": _("Weights"),
    "output_usd_per_mtok": _("Output, USD for a million tokens"),
    "parameters_b": _("Parameters, billions"),
    "partial_of": _("Items of the whole benchmark"),
    "precision": _("Precision of the date"),
    "provenance": _("Where it comes from"),
    "provider": _("Provider"),
    "release_precision": _("Precision of the date"),
    "released_on": _("Released"),
    "reported_by": _("Reported by"),
    "role": _("Role"),
    "scope": _("Scope"),
    "source": _("Source"),
    "source_licence": _("Licence of the source"),
    "statement": _("Statement"),
    "stderr": _("Standard error"),
    "upper_bound": _("Upper bound"),
    "subject": _("Subject"),
    "unit": _("Unit"),
    "value": _("Value"),
    "variant_of": _("Variant of"),
    "visibility": _("Public or private"),
    "weights_licence": _("Licence of the weights"),
    "weights_opened_on": _("Weights opened"),
}


def country_name(code: str) -> StrOrPromise:
    """Return the name of a country, or its code if there is no name."""
    return COUNTRIES.get(code, code)


NO_LAG_REASONS: dict[str, StrOrPromise] = {
    **{state: _(text) for state, text in sentences.STATES.items()},
    "no_follower": _("no model on record is in the first cohort"),
    "no_leader": _("no model on record is in the second cohort"),
    "no_overlap": _("no benchmark has scores of both cohorts"),
    "no_benchmark": _("no benchmark on record is left"),
    "unclear": _("it cannot be read"),
    "internal_error": _("the service made an error of its own, which is in its log; ask again in 10 minutes"),
    "abandoned": _("no worker survived its computation; ask again in 10 minutes"),
    "not_published": _("it is not published"),
}


def lag_state_label(state: str, *, briefly: bool = False) -> StrOrPromise:
    """Return the label of a lag's state, as the end of a sentence; `briefly` for a narrow column."""
    brief = sentences.BRIEFLY.get(state) if briefly else None
    return _(brief or sentences.STATES[state])
