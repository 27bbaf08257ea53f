"""URLs of the pages."""

from django.urls import path, register_converter
from django.views.decorators.http import require_safe

from leaderboard.models import PolicyKind
from leaderboard.pages.page_cache import public
from leaderboard.pages.submission_actions import ACTIONS
from leaderboard.pages.views import (
    audit,
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
    moderation,
    policies,
    proposals,
    reasons,
    runs,
    site,
    status,
    submissions,
    submit,
    suites,
    verification,
)
from leaderboard.presenters.labels import CHART_TITLES


class ChartName:
    """A chart's name in an address."""

    regex = "|".join(CHART_TITLES)

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value


class StepName(ChartName):
    """An action's name in an address."""

    regex = "|".join(ACTIONS)


class PictureForm(ChartName):
    """The file type of a picture in an address."""

    regex = "svg|png"


register_converter(ChartName, "chart")
register_converter(PictureForm, "picture")
register_converter(StepName, "step")

app_name = "pages"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("models/", models.model_list, name="models"),
    path("models/propose/", proposals.propose_page, name="propose"),
    path("models/<slug:slug>/", models.model_detail, name="model"),
    path("developers/", models.developer_list, name="developers"),
    path("developers/<slug:slug>/", models.developer_detail, name="developer"),
    path("benchmarks/", benchmarks.benchmark_list, name="benchmarks"),
    path("benchmarks/<slug:slug>/", benchmarks.benchmark_detail, name="benchmark"),
    path("queue/", runs.queue_page, name="queue"),
    path("submit/", submit.submit_page, name="submit"),
    path("submissions/<uuid:public_id>/", submissions.submission_detail, name="submission"),
    path("submissions/<uuid:public_id>/events", submissions.submission_events, name="submission-events"),
    path("submissions/<uuid:public_id>/<step:name>/", submissions.submission_action, name="submission-step"),
    path("runs/<int:run_id>/", runs.run_detail, name="run"),
    path("runs/<int:run_id>/events", runs.run_events, name="run-events"),
    path("runs/<int:run_id>/diff/<int:other_id>/", comparison.run_diff_page, name="run-diff"),
    path("suites/", suites.suite_list, name="suites"),
    path("suites/<slug:slug>/", suites.suite_detail, name="suite"),
    path("countries/", countries.country_list, name="countries"),
    path("countries/<slug:code>/", countries.country_detail, name="country"),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/<slug:slug>/", claims.claim_detail, name="claim"),
    path("open-closed/", market.open_closed_page, name="open-closed"),
    path("price/", market.price_page, name="price"),
    path("adoption/", market.adoption_page, name="adoption"),
    path("compare/", comparison.compare_models_page, name="compare"),
    *(path(f"{name}.atom", public(feed()), name=f"{name}-feed") for name, feed in feeds.FEEDS.items()),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.json",
        charts.chart_spec,
        name="chart-spec",
    ),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.svg",
        charts.chart_svg,
        name="chart-svg",
    ),
    path(
        "charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.png",
        charts.chart_png,
        name="chart-png",
    ),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.png", charts.chart_png, {"version": ""}),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.json", charts.chart_spec, {"version": ""}),
    path("charts/<int:estimate_id>/<chart:name>-<slug:theme>.svg", charts.chart_svg, {"version": ""}),
    path("lags/<int:estimate_id>/", evidence.estimate_detail, name="lag"),
    path("data/", data.export_list, name="data"),
    path("data/<slug:folder>/<str:name>", data.export_file, name="data-file"),
    path("corrections/", evidence.correction_list, name="corrections"),
    path("explore/", explore.explore_page, name="explore"),
    path("explore/link", explore.explore_link, name="explore-link"),
    path("explore/events", explore.explore_events, name="explore-events"),
    path("explore/<chart:name>.<picture:form>", explore.explore_picture, name="explore-picture"),
    path("embed/", explore.embed_page, name="embed"),
    path("why/", reasons.why_page, name="why"),
    path("what-if/", reasons.what_if_page, name="what-if"),
    path("trend/", estimates.trend_page, name="trend"),
    path("changes/", estimates.change_list, name="changes"),
    path("disputes/", disputes.dispute_list, name="disputes"),
    path("disputes/new", disputes.dispute_form, name="dispute-new"),
    path("disputes/<uuid:public_id>/", disputes.dispute_detail, name="dispute"),
    path("disputes.atom", require_safe(disputes.DisputesFeed()), name="disputes-feed"),
    path("owners/<str:handle>.atom", public(feeds.OwnerFeed()), name="owner-feed"),
    path("account/proposals/", proposals.proposal_list, name="proposals"),
    path("account/proposals/<uuid:public_id>/", proposals.proposal_detail, name="proposal"),
    path("account/verification/", verification.verification_page, name="verification"),
    path("account/verification/vouch/<slug:slug>/", verification.vouch, name="vouch"),
    path("moderation/claims/<int:claim_id>/", verification.claim_page, name="claim-review"),
    path("moderation/", moderation.moderation_page, name="moderation"),
    path("moderation/proposals/<uuid:public_id>/", moderation.review_page, name="review"),
    path("audit/", audit.audit_page, name="audit"),
    path("method/", site.method_page, name="method"),
    path("accessibility/", site.accessibility_page, name="accessibility"),
    *(path(f"{kind}/", policies.policy_page, {"kind": kind}, name=kind) for kind in PolicyKind.values),
    *(
        path(f"{kind}/<int:number>/", policies.policy_page, {"kind": kind}, name=kind)
        for kind in PolicyKind.values
    ),
    path("status/", status.status_page, name="status"),
    path("cards/<str:content>.png", site.card_image, name="card"),
    path("robots.txt", site.robots_txt, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
