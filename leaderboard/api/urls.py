"""Addresses of the API, version 1."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from leaderboard.api.views import (
    bills,
    catalog,
    comparison,
    control,
    countries,
    disputes,
    fallback,
    lags,
    runs,
    submissions,
)

app_name = "api"
urlpatterns = [
    path("developers", catalog.DeveloperList.as_view(), name="developers"),
    path("models", catalog.ModelList.as_view(), name="models"),
    path("models/<slug:slug>", catalog.ModelDetail.as_view(), name="model"),
    path("benchmarks", catalog.BenchmarkList.as_view(), name="benchmarks"),
    path("benchmarks/<slug:slug>", catalog.BenchmarkDetail.as_view(), name="benchmark"),
    path("scores", catalog.ScoreList.as_view(), name="scores"),
    path("claims", catalog.ClaimList.as_view(), name="claims"),
    path("suites", catalog.SuiteList.as_view(), name="suites"),
    path("fresh-editions", catalog.FreshEditionList.as_view(), name="fresh-editions"),
    path("endpoints", catalog.EndpointList.as_view(), name="endpoints"),
    path("lags", lags.LagList.as_view(), name="lags"),
    path("lags/<int:estimate_id>", lags.LagDetail.as_view(), name="lag"),
    path("lags/<int:estimate_id>/bill", bills.BillDetail.as_view(), name="bill"),
    path("corrections", bills.CorrectionList.as_view(), name="corrections"),
    path("disputes", disputes.DisputeList.as_view(), name="disputes"),
    path("disputes/<uuid:public_id>", disputes.DisputeDetail.as_view(), name="dispute"),
    path("exports", bills.ExportList.as_view(), name="exports"),
    path("forecasts", lags.ForecastList.as_view(), name="forecasts"),
    path("changes", lags.ChangeList.as_view(), name="changes"),
    path("submissions", submissions.SubmissionList.as_view(), name="submissions"),
    path("submissions/<uuid:public_id>", control.SubmissionOne.as_view(), name="submission"),
    path(
        "submissions/<uuid:public_id>/events",
        submissions.SubmissionEvents.as_view(),
        name="submission-events",
    ),
    path("submissions/<uuid:public_id>/cancel", control.SubmissionCancel.as_view(), name="cancel"),
    path("submissions/<uuid:public_id>/pause", control.SubmissionPause.as_view(), name="pause"),
    path("submissions/<uuid:public_id>/resume", control.SubmissionResume.as_view(), name="resume"),
    path("submissions/<uuid:public_id>/retry", control.SubmissionRetry.as_view(), name="retry"),
    path("submissions/<uuid:public_id>/rerun", control.SubmissionRerun.as_view(), name="rerun"),
    path("submissions/<uuid:public_id>/rescore", control.SubmissionRescore.as_view(), name="rescore"),
    path("estimate", submissions.EstimateDetail.as_view(), name="estimate"),
    path("runs/<int:run_id>", runs.RunDetail.as_view(), name="run"),
    path("runs/<int:run_id>/events", runs.RunEvents.as_view(), name="run-events"),
    path("runs/<int:run_id>/samples", runs.RunSamples.as_view(), name="samples"),
    path("runs/<int:run_id>/diff/<int:other_id>", comparison.RunDiff.as_view(), name="run-diff"),
    path(
        "runs/<int:run_id>/diff/<int:other_id>/items",
        comparison.PairedItemList.as_view(),
        name="paired-items",
    ),
    path("countries", countries.CountryList.as_view(), name="countries"),
    path("countries/<slug:code>", countries.CountryDetail.as_view(), name="country"),
    path("compare", comparison.ComparisonList.as_view(), name="compare"),
    path("compare/pairs", comparison.HeadToHeadList.as_view(), name="compare-pairs"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    re_path(r"^", fallback.Nowhere.as_view()),
]
