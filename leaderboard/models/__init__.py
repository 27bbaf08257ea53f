"""The tables of published data and of accounts."""

from leaderboard.models.accounts import ApiToken, Invitation, SignUp
from leaderboard.models.charts import Chart
from leaderboard.models.estimates import Attribution, EstimateChange, EstimateData, LagEstimate, Publication
from leaderboard.models.exports import Export
from leaderboard.models.forecasts import Forecast, ForecastOutcome
from leaderboard.models.policies import (
    ACCEPTED_POLICIES,
    POLICY_TEXTS,
    PolicyAcceptance,
    PolicyKind,
    PolicyVersion,
)
from leaderboard.models.requests import EstimateRequest, RequestedEstimate

__all__ = [
    "ACCEPTED_POLICIES",
    "POLICY_TEXTS",
    "ApiToken",
    "Attribution",
    "Chart",
    "EstimateChange",
    "EstimateData",
    "EstimateRequest",
    "Export",
    "Forecast",
    "ForecastOutcome",
    "Invitation",
    "LagEstimate",
    "PolicyAcceptance",
    "PolicyKind",
    "PolicyVersion",
    "Publication",
    "RequestedEstimate",
    "SignUp",
]
