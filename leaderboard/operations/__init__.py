"""Every write of published data: estimates, charts, forecasts and requested comparisons."""

from leaderboard.operations.charts import draw_charts
from leaderboard.operations.forecasts import make_forecasts, score_forecasts
from leaderboard.operations.publish import publish_estimates, record_has_changed
