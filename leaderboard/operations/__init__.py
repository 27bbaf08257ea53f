"""Every write of published data: estimates, charts, forecasts, requested comparisons, and tokens."""

from leaderboard.operations.charts import draw_charts
from leaderboard.operations.forecasts import make_forecasts, score_forecasts
from leaderboard.operations.publish import publish_estimates, record_has_changed
from leaderboard.operations.tokens import IssuedToken, TokenRefused, issue_token, revoke_token
