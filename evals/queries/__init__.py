"""Every read of the record that another package may use, one file per subject."""

from evals.queries.as_of import record_known_before
from evals.queries.audit import AuditFilter, account_names, audit_events
from evals.queries.budgets import Budget, budgets
from evals.queries.catalogue import (
    ModelFacts,
    Names,
    adoption,
    benchmark,
    benchmarks,
    claims,
    developers,
    endpoints,
    list_prices,
    model_facts,
    models,
    names,
    suites,
)
from evals.queries.claim_mentions import claims_naming
from evals.queries.corrections import corrections
from evals.queries.disputes import (
    dispute,
    disputes,
    disputes_about,
    disputes_waiting,
    open_disputes_from_the_same,
)
from evals.queries.embargo import is_embargoed, not_embargoed, without_scores
from evals.queries.endpoints import OwnEndpoint, listed_endpoints, own_endpoint_details, public_address
from evals.queries.evidence import RunBehind, ScoreBehind, scores_behind
from evals.queries.facts import Fact, fact_at, facts_of, row_address, row_at, row_of
from evals.queries.filters import without_empty_filters
from evals.queries.fresh import fresh_editions, sealed_month, sealed_tasks
from evals.queries.lag import (
    LagBenchmark,
    LagInput,
    LagModel,
    LagScore,
    facts_known_at,
    lag_input,
    recorded_scores,
)
from evals.queries.moderation import (
    ModerationCounts,
    cap_spending,
    credential_budgets,
    moderation_counts,
    recent_failures,
)
from evals.queries.notices import deliveries, mail_types, notices, owner, webhook, webhooks
from evals.queries.owners import memberships, owners_for
from evals.queries.paired_runs import (
    PairedItem,
    ScoredRun,
    item_score,
    item_scores,
    others_on_task,
    paired_items,
    samples_by_id,
    scored_runs,
)
from evals.queries.prices import OfferedPrice, offered_prices
from evals.queries.progress import Progress, RunProgress, Tally, progress
from evals.queries.proposals import proposal, proposals, proposals_of
from evals.queries.published import listed_models, published_models, published_scores
from evals.queries.queue import ExpectedTime, QueuePlace, queue_places
from evals.queries.record_version import RecordVersion, record_version
from evals.queries.reliability import Reliability, reliability
from evals.queries.runs import ANSWER_OUTCOMES, Runnable, queued_together, rescorable, run, runnable, samples
from evals.queries.scores import scores
from evals.queries.submission_status import SubmissionActivity, SubmissionStatus, submission_statuses
from evals.queries.submissions import submission, submissions
from evals.queries.suite_runs import finished_submissions, item_counts, suite_versions, suites_on_benchmark
from evals.queries.throughput import Pace
from evals.queries.verifications import endpoints_to_vouch_for, verifications, verifications_of
