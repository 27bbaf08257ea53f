"""URLs of accounts; django-allauth looks these names up, so they have no namespace."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST

from leaderboard.pages.views import accounts, organisations, tokens

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", require_POST(account.logout), name="account_logout"),
    path("account/sign-up/", accounts.sign_up, name="account_signup"),
    path("account/email/", account.email, name="account_email"),
    path("account/email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(
        r"^account/email/confirm/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"
    ),
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
    path("account/sessions/", accounts.list_sessions, name="usersessions_list"),
    path("account/webauthn/keys/<int:pk>/remove/", accounts.remove_passkey, name="mfa_remove_webauthn"),
    path("account/organisations/", organisations.organisation_list, name="account_organisations"),
    path(
        "account/organisations/<str:handle>/", organisations.organisation_detail, name="account_organisation"
    ),
    *(
        path(
            f"account/organisations/<str:handle>/{name}/",
            organisations.organisation_step,
            {"name": name},
            name=f"account_organisation_{name}",
        )
        for name in organisations.STEPS
    ),
    path(
        "account/invitations/<int:invitation_id>/answer/",
        organisations.answer_invitation,
        name="account_invitation_answer",
    ),
    path("account/invitations/<str:secret>/", organisations.invitation_page, name="account_invitation_link"),
    path(
        "account/invitations/<str:secret>/reply/",
        organisations.answer_invitation,
        name="account_invitation_reply",
    ),
    path("account/tokens/", tokens.token_page, name="account_tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="account_token_revoke"),
    path("account/", include("allauth.mfa.urls")),
]
