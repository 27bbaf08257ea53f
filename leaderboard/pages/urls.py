"""Addresses of the pages."""

from django.urls import path, register_converter

from leaderboard.pages.page_cache import public
from leaderboard.pages.submission_actions import STEPS
from leaderboard.pages.views import (
    accounts,
    benchmarks,
    charts,
    claims,
    comparison,
    countries,
    data,
    disputes,
    estimates,
    evidence,
    explore,
    feeds,
    home,
    market,
    models,
    reasons,
    runs,
    site,
    status,
    submissions,
    submit,
    suites,
)
from leaderboard.presenters.labels import CHARTS


class ChartName:
    """A chart's name in an address."""

    regex = "|".join(CHARTS)

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value


class StepName(ChartName):
    """A step's name in an address."""

    regex = "|".join(STEPS)


class PictureForm(ChartName):
    """The form of a picture in an address."""

    regex = "svg|png"


register_converter(ChartName, "chart")
register_converter(PictureForm, "picture")
register_converter(StepName, "step")

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("models/", models.models, name="models"),
    path("models/<slug:slug>/", models.model, name="model"),
    path("developers/", models.developers, name="developers"),
    path("developers/<slug:slug>/", models.developer, name="developer"),
    path("benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("benchmarks/<slug:slug>/", benchmarks.benchmark, name="benchmark"),
    path("queue/", runs.queue, name="queue"),
    path("submit/", submit.submit, name="submit"),
    path("submissions/<uuid:public_id>/", submissions.submission, name="submission"),
    path("submissions/<uuid:public_id>/events", submissions.events, name="submission-events"),
    path("submissions/<uuid:public_id>/<step:name>/", submissions.step, name="submission-step"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/events", runs.run_events, name="run-events"),
    path("runs/<int:run_id>/diff/<int:other_id>/", comparison.run_diff, name="run-diff"),
    path("suites/", suites.suites, name="suites"),
    path("suites/<slug:slug>/", suites.suite, name="suite"),
    path("countries/", countries.countries, name="countries"),
    path("countries/<slug:code>/", countries.country, name="country"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<slug:slug>/", claims.claim, name="claim"),
    path("open-closed/", market.open_closed, name="open-closed"),
    path("price/", market.price, name="price"),
    path("adoption/", market.adoption, name="adoption"),
    path("compare/", comparison.comparison, name="compare"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", accounts.Logout.as_view(), name="logout"),
    *(path(f"{name}.atom", public(feed()), name=f"{name}-feed") for name, feed in feeds.FEEDS.items()),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.json",
        charts.spec,
        name="chart-spec",
    ),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.svg", charts.svg, name="chart-svg"
    ),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.png", charts.png, name="chart-png"
    ),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.png", charts.png, {"version": ""}),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.json", charts.spec, {"version": ""}),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.svg", charts.svg, {"version": ""}),
    path("lags/<int:estimate_id>/", evidence.lag, name="lag"),
    path("data/", data.data, name="data"),
    path("data/<slug:folder>/<str:name>", data.file, name="data-file"),
    path("corrections/", evidence.corrections, name="corrections"),
    path("explore/", explore.explore, name="explore"),
    path("explore/events", explore.events, name="explore-events"),
    path("explore/<chart:name>.<picture:form>", explore.picture, name="explore-picture"),
    path("embed/", explore.embed, name="embed"),
    path("why/", reasons.why, name="why"),
    path("what-if/", reasons.what_if, name="what-if"),
    path("trend/", estimates.trend, name="trend"),
    path("changes/", estimates.changes, name="changes"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/new", disputes.new, name="dispute-new"),
    path("disputes/<uuid:public_id>/", disputes.dispute, name="dispute"),
    path("disputes.atom", disputes.DisputesFeed(), name="disputes-feed"),
    path("method/", site.method, name="method"),
    path("accessibility/", site.accessibility, name="accessibility"),
    path("status/", status.status, name="status"),
    path("cards/<str:content>.png", site.card, name="card"),
    path("robots.txt", site.robots, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
