"""URLs of accounts; django-allauth looks these names up, so they have no namespace."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST

from leaderboard.pages.views import accounts, quotas

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", require_POST(account.logout), name="account_logout"),
    path("account/sign-up/", account.signup, name="account_signup"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/first/", account.password_set, name="account_set_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/quotas/", quotas.quotas_page, name="account_quotas"),
    path("account/sessions/", accounts.list_sessions, name="usersessions_list"),
    path("account/webauthn/keys/<int:pk>/remove/", accounts.remove_passkey, name="mfa_remove_webauthn"),
    path("account/", include("allauth.mfa.urls")),
]
