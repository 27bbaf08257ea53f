"""URLs of accounts; django-allauth looks these names up, so they have no namespace."""

from allauth.account import views as account
from allauth.mfa.base.views import index as security_page
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST

from leaderboard.pages.views import (
    accounts,
    data_export,
    deletion,
    notifications,
    organisations,
    overview,
    own_endpoints,
    policies,
    quotas,
    sign_in,
    tokens,
    webhooks,
)

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", require_POST(account.logout), name="account_logout"),
    path("account/sign-up/", accounts.sign_up, name="account_signup"),
    path("account/sign-up/provider/", accounts.provider_sign_up, name="socialaccount_signup"),
    path("account/policies/", policies.acceptance_page, name="account_policies"),
    path("account/providers/", sign_in.connection_list, name="socialaccount_connections"),
    path("account/providers/confirm/", sign_in.provider_confirmation, name="account_provider_confirmation"),
    path("account/providers/<slug:name>/", sign_in.provider_login, name="account_provider_login"),
    path(
        "account/providers/<slug:name>/callback/", sign_in.provider_callback, name="account_provider_callback"
    ),
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
    path("account/data/", data_export.account_data, name="account_data"),
    path("account/delete/", deletion.account_deletion, name="account_delete"),
    path("account/quotas/", quotas.quotas_page, name="account_quotas"),
    path("account/sessions/", accounts.list_sessions, name="usersessions_list"),
    path("account/webauthn/keys/<int:pk>/remove/", accounts.remove_passkey, name="mfa_remove_webauthn"),
    path("account/endpoints/", own_endpoints.endpoint_list, name="account_endpoints"),
    path("account/endpoints/new/", own_endpoints.endpoint_new, name="account_endpoint_new"),
    path("account/endpoints/<slug:slug>/", own_endpoints.endpoint_detail, name="account_endpoint"),
    path("account/endpoints/<slug:slug>/key/", own_endpoints.endpoint_key, name="account_endpoint_key"),
    path(
        "account/endpoints/<slug:slug>/key/delete/",
        own_endpoints.endpoint_key_deletion,
        name="account_endpoint_key_deletion",
    ),
    path(
        "account/endpoints/<slug:slug>/key/keep/",
        own_endpoints.endpoint_key_keeping,
        name="account_endpoint_key_keeping",
    ),
    path(
        "account/endpoints/<slug:slug>/sharing/",
        own_endpoints.endpoint_sharing,
        name="account_endpoint_sharing",
    ),
    path(
        "account/endpoints/<slug:slug>/preflight/",
        own_endpoints.endpoint_preflight,
        name="account_endpoint_preflight",
    ),
    path(
        "account/endpoints/<slug:slug>/delete/",
        own_endpoints.endpoint_deletion,
        name="account_endpoint_deletion",
    ),
    path("account/notifications/", notifications.account_notifications, name="account-notifications"),
    path("account/events", notifications.account_events, name="account-events"),
    path("notifications/", notifications.reader_subscription, name="mail-subscribe"),
    path("notifications/confirm/<str:token>", notifications.confirm, name="mail-confirm"),
    path("notifications/unsubscribe/<uuid:key>", notifications.unsubscribe, name="mail-unsubscribe"),
    path("account/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("account/webhooks/new", webhooks.webhook_new, name="webhook-new"),
    path("account/webhooks/<uuid:public_id>/", webhooks.webhook_detail, name="webhook"),
    path("account/organisations/", organisations.organisation_list, name="account_organisations"),
    path(
        "account/organisations/<str:handle>/delete/",
        deletion.organisation_deletion,
        name="account_organisation_delete",
    ),
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
    path("account/", overview.overview_page, name="account"),
    path("account/", include("allauth.mfa.urls")),
    # After allauth's, so that its name leads here: the overview has its address.
    path("account/security/", security_page, name="mfa_index"),
]
