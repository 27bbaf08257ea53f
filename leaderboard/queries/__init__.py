"""Every read of published data."""

from leaderboard.queries.addresses import verified_address
from leaderboard.queries.composites import (
    CompositeReading,
    CompositeRemovals,
    DomainLag,
    PublishedComposite,
    composite_lag,
    composite_readings,
    composite_removals,
    domain_lags,
    first_composite,
    newest_composites,
)
from leaderboard.queries.estimates import (
    FOLLOWER,
    HEADLINE_BENCHMARK,
    HEADQUARTERS,
    LEADER,
    PAIR,
    current_estimates,
    estimate_by_reading,
    estimate_data,
    estimates_of,
    headline_facts,
    lag_estimate,
    lag_estimates,
    last_publication,
    newer_estimate,
    newest_estimates,
    other_readings,
    published_lag,
    published_lags,
)
from leaderboard.queries.files import LATEST, chart, charts, export, exports
from leaderboard.queries.forecasts import (
    ForecastScores,
    due_forecasts,
    estimate_changes,
    forecast_scores,
    forecasts,
    last_change,
)
from leaderboard.queries.policies import (
    accepted_policies,
    current_policies,
    policies_to_accept,
    policy_versions,
)
from leaderboard.queries.requested_estimates import (
    IDENTITY,
    IS_TEMPORARY,
    estimate_request,
    kept_until,
    linked_estimates,
    requested_estimates,
)
from leaderboard.queries.samples import RunSamples, Verdict, run_samples
from leaderboard.queries.selected_scores import selected_scores
from leaderboard.queries.standard_comparisons import (
    OPEN_WEIGHTS,
    PARTIES,
    PRICE_LIMITS,
    claim_comparison,
    claim_comparisons,
    claim_day,
    country_comparison,
    page_comparisons,
    price_comparison,
)
from leaderboard.queries.tokens import (
    TOKEN_PREFIX,
    password_digest,
    token_digest,
    tokens_ending,
    tokens_of_organisation,
    usable_tokens,
    valid_token,
)
