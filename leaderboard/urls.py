"""The URLs of the service."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import RedirectView

from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.pages.sitemaps import PagesSitemap
from leaderboard.pages.views import accounts

handler400 = "leaderboard.api.errors.bad_request"
handler500 = "leaderboard.api.errors.server_error"
urlpatterns = [
    # The site's login is the admin's: one rule for second factors and delays.
    path("admin/login/", accounts.admin_login),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("leaderboard.api.urls")),
    path(
        "sitemap.xml",
        query_parameters("p")(public(sitemap)),
        {"sitemaps": {"pages": PagesSitemap}},
        name="sitemap",
    ),
    # English has no prefix: an address has one language, whoever opens it.
    *i18n_patterns(
        path("", include("leaderboard.pages.account_urls")),
        path("", include("leaderboard.pages.urls")),
        prefix_default_language=False,
    ),
]
