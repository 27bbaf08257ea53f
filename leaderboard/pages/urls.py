"""Addresses of the pages."""

from django.urls import path, register_converter

from leaderboard.pages.figures import NAMES
from leaderboard.pages.views import benchmarks, charts, estimates, home, models, runs, site


class ChartName:
    """A chart's name in an address."""

    regex = "|".join(NAMES)

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value


register_converter(ChartName, "chart")

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("models/", models.models, name="models"),
    path("models/<slug:slug>/", models.model, name="model"),
    path("developers/<slug:slug>/", models.developer, name="developer"),
    path("benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("benchmarks/<slug:slug>/", benchmarks.benchmark, name="benchmark"),
    path("queue/", runs.queue, name="queue"),
    path("submissions/<uuid:public_id>/", runs.submission, name="submission"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.json",
        charts.spec,
        name="chart-spec",
    ),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.svg", charts.svg, name="chart-svg"
    ),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.json", charts.spec, {"version": ""}),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.svg", charts.svg, {"version": ""}),
    path("trend/", estimates.trend, name="trend"),
    path("changes/", estimates.changes, name="changes"),
    path("method/", site.method, name="method"),
    path("robots.txt", site.robots, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
