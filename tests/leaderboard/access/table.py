"""The table of who may do what: each address and method, each page and action of the admin, by role.

A role that a row does not name is refused. An address without a row fails the test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS, READER, SUBMITTER, OWNER = "anonymous", "reader", "submitter", "owner"
MODERATOR, OPERATOR, AUDITOR = "moderator", "operator", "auditor"
ROLES = (
    ANONYMOUS,
    READER,
    SUBMITTER,
    OWNER,
    MODERATOR,
    OPERATOR,
    AUDITOR,
)  # owner: a submitter's own submission
EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {ANONYMOUS}
SUBMITTERS = frozenset({SUBMITTER, OWNER, MODERATOR, OPERATOR})
CONTROLLERS = frozenset({OWNER, OPERATOR})
MODERATORS = frozenset({MODERATOR, OPERATOR})
OPERATORS = frozenset({OPERATOR})
VIEWERS = frozenset({OPERATOR, AUDITOR})
STAFF = frozenset({MODERATOR, OPERATOR, AUDITOR})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Write:
    """A request that changes something: who may send it, to the submission in which state, with what."""

    allowed: frozenset[str]
    state: str = "PENDING"
    body: dict[str, Any] = field(default_factory=dict)
    unrecorded: str = ""  # why it adds no event


# Read with GET by everybody.
PUBLIC_ROUTES = """
/ /models/ /models/<slug:slug>/ /developers/ /developers/<slug:slug>/ /benchmarks/ /benchmarks/<slug:slug>/
/queue/ /submit/ /submissions/<uuid:public_id>/ /submissions/<uuid:public_id>/events /runs/<int:run_id>/
/runs/<int:run_id>/events /runs/<int:run_id>/diff/<int:other_id>/ /suites/ /suites/<slug:slug>/ /countries/
/countries/<slug:code>/ /claims/ /claims/<slug:slug>/ /open-closed/ /price/ /adoption/ /compare/ /login/
/lags/<int:estimate_id>/ /data/ /data/<slug:folder>/<str:name> /corrections/ /explore/ /explore/events
/explore/<chart:name>.<picture:form> /embed/ /why/ /what-if/ /trend/ /changes/ /disputes/ /disputes/new
/disputes/<uuid:public_id>/ /method/ /accessibility/ /terms/ /privacy/ /licence/ /takedown/
/terms/<int:number>/ /privacy/<int:number>/ /licence/<int:number>/ /takedown/<int:number>/
/status/ /records.atom /estimates.atom /changes.atom
/disputes.atom /owners/<str:handle>.atom /notifications/ /notifications/confirm/<str:token>
/notifications/unsubscribe/<uuid:key> /cards/<str:content>.png /robots.txt /healthz /sitemap.xml
/charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.json
/charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.svg
/charts/<int:estimate_id>/<slug:version>/<chart:name>-<slug:theme>.png
/charts/<int:estimate_id>/<chart:name>-<slug:theme>.json
/charts/<int:estimate_id>/<chart:name>-<slug:theme>.svg
/charts/<int:estimate_id>/<chart:name>-<slug:theme>.png /api/v1/developers /api/v1/models
/api/v1/models/<slug:slug> /api/v1/benchmarks /api/v1/benchmarks/<slug:slug> /api/v1/scores /api/v1/claims
/api/v1/claims/judged /api/v1/claims/<slug:slug> /api/v1/suites /api/v1/fresh-editions /api/v1/endpoints
/api/v1/lags /api/v1/lags/<int:estimate_id> /api/v1/lags/<int:estimate_id>/bill /api/v1/explore /api/v1/why
/api/v1/what-if /api/v1/corrections /api/v1/disputes /api/v1/disputes/<uuid:public_id> /api/v1/exports
/api/v1/forecasts /api/v1/changes /api/v1/submissions /api/v1/submissions/<uuid:public_id>
/api/v1/submissions/<uuid:public_id>/events /api/v1/estimate /api/v1/reliability /api/v1/runs/<int:run_id>
/api/v1/runs/<int:run_id>/events /api/v1/runs/<int:run_id>/samples
/api/v1/runs/<int:run_id>/diff/<int:other_id> /api/v1/runs/<int:run_id>/diff/<int:other_id>/items
/api/v1/countries /api/v1/countries/<slug:code> /api/v1/prices /api/v1/price/lags /api/v1/price/frontier
/api/v1/price/costs /api/v1/adoption /api/v1/adoption/diffusion /api/v1/compare /api/v1/compare/pairs
/api/v1/proposals /api/v1/proposals/<uuid:public_id>
/api/v1/schema /api/v1/docs /api/v1/^ /explore/link /account/sign-up/ /account/inactive/
/account/providers/<slug:name>/callback/
/account/password/reset/ /account/password/reset/sent/ /account/password/reset/done/ /account/email/sent/
/^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$
/^account/email/confirm/(?P<key>[-:\\w]+)/$
"""
PUBLIC = PUBLIC_ROUTES.split()

# Pages of the own account; without a login they lead to it.
ACCOUNT_ROUTES = """
/account/ /account/quotas/ /account/confirm/ /account/password/ /account/password/first/ /account/sessions/
/account/authenticate/ /account/reauthenticate/ /account/recovery-codes/ /account/recovery-codes/generate/
/account/recovery-codes/download/ /account/totp/activate/ /account/totp/deactivate/ /account/webauthn/
/account/webauthn/add/ /account/webauthn/keys/<int:pk>/edit/ /account/webauthn/keys/<int:pk>/remove/
/account/endpoints/ /account/endpoints/new/ /account/endpoints/<slug:slug>/
/api/v1/account/endpoints /api/v1/account/endpoints/<slug:slug>
/api/v1/account/endpoints/<slug:slug>/preflight
/account/webauthn/login/ /account/webauthn/reauthenticate/ /account/notifications/ /account/events
/api/v1/account/notices /api/v1/account/events /account/webhooks/ /account/webhooks/new
/account/webhooks/<uuid:public_id>/ /api/v1/account/webhooks /api/v1/account/webhooks/<uuid:public_id>
/api/v1/account/webhooks/<uuid:public_id>/deliveries
/account/tokens/ /account/email/ /account/providers/ /account/providers/confirm/
/account/policies/
/account/tokens/ /account/email/ /account/data/ /account/delete/ /account/security/
/account/organisations/ /account/invitations/<str:secret>/
"""

ORGANISATION = "/account/organisations/<str:handle>/"
API_STEPS = ("cancel", "pause", "resume", "retry", "rerun", "rescore")
REASON: dict[str, Any] = {"reason": "Welcome."}
REVIEW_STEPS: dict[str, dict[str, Any]] = {
    "approve": REASON | {"budget_calls": 9},
    "reject": REASON,
    "request-changes": REASON,
}

# Read with GET by some; nobody: the address takes POST only.
PRIVATE = {
    **dict.fromkeys(ACCOUNT_ROUTES.split(), SIGNED_IN),
    "/models/propose/": SIGNED_IN,
    "/account/proposals/": SIGNED_IN,
    "/account/proposals/<uuid:public_id>/": SIGNED_IN,  # of others: 404
    "/account/verification/": SIGNED_IN,
    "/account/sign-up/provider/": NOBODY,  # without having signed in there
    "/account/providers/<slug:name>/": NOBODY,  # no provider is configured
    "/account/verification/vouch/<slug:slug>/": NOBODY,
    "/moderation/claims/<int:claim_id>/": STAFF,
    "/moderation/": STAFF,
    "/moderation/proposals/<uuid:public_id>/": STAFF,
    "/audit/": VIEWERS,
    "/api/v1/audit": VIEWERS,
    "/api/v1/account/quotas": SIGNED_IN,
    "/logout/": NOBODY,
    "/account/tokens/<int:token_id>/revoke/": NOBODY,
    ORGANISATION: frozenset({OWNER}),
    f"{ORGANISATION}delete/": frozenset({OWNER}),
    **{f"{ORGANISATION}{step}/": NOBODY
       for step in ("invite", "withdraw", "rename", "role", "remove", "leave", "revoke-token")},
    "/account/invitations/<int:invitation_id>/answer/": NOBODY,
    "/account/invitations/<str:secret>/reply/": NOBODY,
    "/submissions/<uuid:public_id>/<step:name>/": NOBODY,
    **{f"/api/v1/submissions/<uuid:public_id>/{step}": NOBODY
       for step in (*API_STEPS, *REVIEW_STEPS)},
    "/api/v1/explore/link": NOBODY,
    "/api/v1/account/endpoints/<slug:slug>/key": NOBODY,
    **{f"/account/endpoints/<slug:slug>/{step}/": NOBODY
       for step in ("key", "key/keep", "key/delete", "sharing", "preflight", "delete")},
    **{f"/api/v1/account/webhooks/<uuid:public_id>/{step}": NOBODY
       for step in ("rotate", "test", "deliveries/<uuid:delivery_id>/replay")},
    "/admin/": STAFF,
    "/admin/login/": STAFF,
    "/admin/logout/": NOBODY,
    "/admin/password_change/": EVERYBODY,  # leads to the page of the own account
    "/admin/password_change/done/": STAFF,
    "/admin/jsi18n/": STAFF,
    "/admin/autocomplete/": VIEWERS,
    "/admin/r/<path:content_type_id>/<path:object_id>/": STAFF,
    "/admin/^(?P<app_label>axes|evals|auth|leaderboard)/$": STAFF,
    "/admin/(?P<url>.*)$": STAFF,
}  # fmt: skip

# Pages that show the same whatever the method, or a form with its errors, and write nothing.
SHOWN_ANYWAY = {
    "/admin/",
    "/account/sign-up/",
    "/^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
    "/admin/^(?P<app_label>axes|evals|auth|leaderboard)/$",
    *("/login/", "/admin/login/"),
}

REVIEW: dict[str, Any] = {"reason": "Welcome.", "budget_calls": 9, "approved_calls": 9}
STEPS = {
    "cancel": Write(CONTROLLERS),
    "pause": Write(CONTROLLERS),
    "resume": Write(CONTROLLERS, state="PAUSED"),
    "budget": Write(CONTROLLERS, body={"budget_calls": 5}),
    "embargo": Write(CONTROLLERS, state="EMBARGOED"),
    "approve": Write(OPERATORS, state="PENDING_REVIEW", body=REVIEW),
    "reject": Write(OPERATORS, state="PENDING_REVIEW", body=REVIEW),
    "request-changes": Write(OPERATORS, state="PENDING_REVIEW", body=REVIEW),
    "priority": Write(OPERATORS, body={"priority": "7"}),
    "retry": Write(CONTROLLERS, state="FAILED"),
    "rerun": Write(CONTROLLERS, state="FINISHED"),
    "rescore": Write(CONTROLLERS, state="FINISHED"),
}
TARGET = {"endpoint": "other-api", "suite": "mini"}
DISPUTE: dict[str, Any] = {
    "fact": "model:deepseek-v3:name",
    "statement": "It is written otherwise on its card.",
    "evidence": ["https://example.org/card"],
}
PROPOSAL: dict[str, Any] = {
    "name": "Alpha 9",
    "developer": "deepseek",
    "openness": "open",
    "release_precision": "day",
    "sources": ["https://alpha.example/alpha-9"],
}
CLAIM = {"organisation": "acme", "developer": "meta", "method": "dns", "domain": "meta.example"}
PASSWORD = "correct horse battery"
NEW_PASSWORD = {"oldpassword": PASSWORD, "password1": "staple-9-lagline", "password2": "staple-9-lagline"}
KEY = {"key": "sk-of-the-owner-41d07b2e"}
NEW_ENDPOINT = {"name": "new", "model": "deepseek-v3", "preset": "deepseek", "api_model": "x"}
CHANGED_ENDPOINT = {"base_url": "https://api.lab.example/v2", "api_model": "x", "max_concurrency": "2"}
OWN = frozenset({OWNER})
INVITATION = 1  # its number
CONNECTION = 1  # the same of the owner's connection with a provider
TOKEN = 77  # that of another member for the organisation
MEMBER = frozenset({OWNER})  # of the organisation, of which another account is an owner, too
SIGN_UP = {
    "username": "newlab",
    "email": "lab@mail.example",
    "password1": "staple-9-lagline",
    "password2": "staple-9-lagline",
    "accept_policies": "on",
}
LOGIN = {"login": "newcomer", "password": PASSWORD}
CONFIRMED = "only the session notes that its user confirmed a factor"
NO_CODE = "changes nothing without a code; tests/leaderboard/accounts/test_receivers.py"
COMPUTED = "has quotas, and the result expires"
HOOK: dict[str, Any] = {"url": "https://lab.example/hook", "types": ["submission.failed"]}
YOUR_HOOK = "/account/webhooks/<uuid:public_id>"
OWNERS = frozenset({OWNER})
WRITES = {
    "POST /account/notifications/": Write(
        SIGNED_IN,
        body={"types": ["key.deleted"]},
        unrecorded="which mails an account receives is its own matter",
    ),
    "POST /notifications/": Write(
        EVERYBODY,
        body={"address": "reader@mail.example", "topic": "headline"},
        unrecorded="who reads what is nobody's matter",
    ),
    "POST /notifications/confirm/<str:token>": Write(
        EVERYBODY, unrecorded="who reads what is nobody's matter"
    ),
    "POST /notifications/unsubscribe/<uuid:key>": Write(
        EVERYBODY, unrecorded="who reads what is nobody's matter"
    ),
    "POST /account/webhooks/new": Write(SIGNED_IN, body=HOOK),
    **{f"POST {YOUR_HOOK}/ {action}": Write(OWNERS, body=HOOK | {"action": action})
       for action in ("change", "disable", "test", "rotate", "delete")},
    "POST /api/v1/account/webhooks": Write(SIGNED_IN, body=HOOK),
    f"PATCH /api/v1{YOUR_HOOK}": Write(OWNERS, body={"enabled": False}),
    f"DELETE /api/v1{YOUR_HOOK}": Write(OWNERS),
    f"POST /api/v1{YOUR_HOOK}/rotate": Write(OWNERS),
    f"POST /api/v1{YOUR_HOOK}/test": Write(OWNERS),
    f"POST /api/v1{YOUR_HOOK}/deliveries/<uuid:delivery_id>/replay": Write(OWNERS),
    "POST /api/v1/submissions": Write(SUBMITTERS, body=TARGET),
    "PATCH /api/v1/submissions/<uuid:public_id>": Write(CONTROLLERS, body={"budget_calls": 5}),
    "POST /api/v1/disputes": Write(EVERYBODY, body=DISPUTE),
    "POST /api/v1/proposals": Write(SUBMITTERS, body=PROPOSAL),
    "POST /models/propose/": Write(SUBMITTERS, body=PROPOSAL | {"sources": PROPOSAL["sources"][0]}),
    "POST /account/proposals/<uuid:public_id>/": Write(
        frozenset({OWNER}), body=PROPOSAL | {"sources": PROPOSAL["sources"][0]}
    ),
    "POST /account/verification/": Write(frozenset({OWNER}), body=CLAIM),
    "POST /account/verification/vouch/<slug:slug>/": Write(frozenset({OWNER})),
    "POST /moderation/claims/<int:claim_id>/": Write(MODERATORS, body={"decision": "confirm"}),
    "POST /moderation/proposals/<uuid:public_id>/": Write(MODERATORS, body={"decision": "confirm"}),
    "POST /api/v1/account/endpoints": Write(SUBMITTERS, body=NEW_ENDPOINT),
    "PATCH /api/v1/account/endpoints/<slug:slug>": Write(OWN, body={"max_concurrency": 2}),
    "DELETE /api/v1/account/endpoints/<slug:slug>": Write(OWN),
    "PUT /api/v1/account/endpoints/<slug:slug>/key": Write(OWN, body=KEY),
    "PATCH /api/v1/account/endpoints/<slug:slug>/key": Write(OWN, body={"keep": False}),
    "DELETE /api/v1/account/endpoints/<slug:slug>/key": Write(OWN),
    "POST /api/v1/account/endpoints/<slug:slug>/preflight": Write(OWN),
    "POST /account/endpoints/new/": Write(SUBMITTERS, body=NEW_ENDPOINT | {"max_concurrency": "2"}),
    "POST /account/endpoints/<slug:slug>/": Write(OWN, body=CHANGED_ENDPOINT),
    "POST /account/endpoints/<slug:slug>/key/": Write(OWN, body=KEY),
    "POST /account/endpoints/<slug:slug>/key/keep/": Write(OWN),
    "POST /account/endpoints/<slug:slug>/key/delete/": Write(OWN),
    "POST /account/endpoints/<slug:slug>/sharing/": Write(OWN, body={"shared_with": "submitter"}),
    "POST /account/endpoints/<slug:slug>/preflight/": Write(OWN),
    "POST /account/endpoints/<slug:slug>/delete/": Write(OWN),
    "POST /submit/": Write(SUBMITTERS, body=TARGET | {"shown": "calls 8"}),
    "POST /disputes/new": Write(EVERYBODY, body=DISPUTE),
    "POST /explore/": Write(EVERYBODY, unrecorded=COMPUTED),
    "POST /api/v1/explore": Write(EVERYBODY, unrecorded=COMPUTED),
    "POST /explore/link": Write(EVERYBODY),
    "POST /api/v1/explore/link": Write(EVERYBODY),
    "POST /login/": Write(frozenset({ANONYMOUS}), body=LOGIN),
    "POST /logout/": Write(SIGNED_IN),
    "POST /admin/logout/": Write(STAFF),
    "POST /account/confirm/": Write(SIGNED_IN, body={"password": PASSWORD}, unrecorded=CONFIRMED),
    "POST /account/reauthenticate/": Write(SIGNED_IN, unrecorded=NO_CODE),
    "POST /account/password/": Write(SIGNED_IN, body=NEW_PASSWORD),
    "POST /account/password/reset/": Write(
        EVERYBODY, body={"email": "nobody@mail.example"}, unrecorded="the new password is recorded"
    ),
    "POST /account/quotas/": Write(SIGNED_IN, body={"calls_per_day": "5"}),
    "POST /account/sessions/": Write(SIGNED_IN),
    "POST /account/totp/activate/": Write(SIGNED_IN, unrecorded=NO_CODE),
    "POST /account/totp/deactivate/": Write(SIGNED_IN),
    "POST /account/recovery-codes/generate/": Write(SIGNED_IN),
    "POST /account/webauthn/add/": Write(SIGNED_IN, unrecorded=NO_CODE),
    "POST /account/webauthn/keys/<int:pk>/edit/": Write(
        frozenset({OWNER}), body={"name": "Phone"}, unrecorded="a name for the owner's eyes"
    ),
    "POST /account/webauthn/keys/<int:pk>/remove/": Write(frozenset({OWNER})),
    "POST /account/sign-up/": Write(frozenset({ANONYMOUS}), body=SIGN_UP),
    "POST /account/policies/": Write(SIGNED_IN, unrecorded="these accounts were not signed up"),
    "POST /account/providers/": Write(OWN, body={"connection": str(CONNECTION)}),
    "POST /account/email/": Write(SIGNED_IN, body={"action_add": "", "email": "new@mail.example"}),
    "POST /account/organisations/": Write(SIGNED_IN, body={"handle": "newlab", "name": "New Lab"}),
    f"POST {ORGANISATION}invite/": Write(MEMBER, body={"invitee": "auditor", "role": "reader"}),
    f"POST {ORGANISATION}withdraw/": Write(MEMBER, body={"invitation": str(INVITATION)}),
    f"POST {ORGANISATION}rename/": Write(MEMBER, body={"name": "Acme Research"}),
    f"POST {ORGANISATION}role/": Write(MEMBER, body={"account": "newcomer", "role": "reader"}),
    f"POST {ORGANISATION}remove/": Write(MEMBER, body={"account": "newcomer"}),
    f"POST {ORGANISATION}leave/": Write(MEMBER),
    f"POST {ORGANISATION}delete/": Write(MEMBER, body={"name": "acme"}),
    "POST /account/data/": Write(SIGNED_IN),
    "POST /account/delete/": Write(SIGNED_IN, body={"name": "{role}"}),
    f"POST {ORGANISATION}revoke-token/": Write(MEMBER, body={"token": str(TOKEN)}),
    "POST /account/invitations/<int:invitation_id>/answer/": Write(frozenset({READER})),
    "POST /account/invitations/<str:secret>/reply/": Write(frozenset({READER})),
    "POST /account/tokens/": Write(SIGNED_IN, body={"name": "script"}),
    "POST /account/tokens/<int:token_id>/revoke/": Write(frozenset({OWNER})),
    **{f"POST /api/v1/submissions/<uuid:public_id>/{step}": STEPS[step]
       for step in API_STEPS},
    **{f"POST /api/v1/submissions/<uuid:public_id>/{step}": Write(
        OPERATORS, state="PENDING_REVIEW", body=body
    ) for step, body in REVIEW_STEPS.items()},
    **{f"POST /submissions/<uuid:public_id>/<step:name>/ {step}": write for step, write in STEPS.items()},
}  # fmt: skip

# Every page of the admin: who sees its rows.
ADMIN_PAGES = """
auth.user axes.accessattempt axes.accesslog axes.accessfailurelog evals.developer evals.model
evals.benchmark evals.suite evals.task evals.claim evals.listprice evals.adoption evals.freshedition
evals.catalogueedition evals.price evals.limit evals.endpoint evals.import evals.alias evals.run
evals.vouchchange evals.request evals.attempt evals.response evals.score evals.spendingcap evals.submission
evals.owner evals.endpointkey evals.workerkey evals.preflight evals.notice evals.webhook evals.webhookdelivery
evals.mailsubscription evals.mailitem leaderboard.apitoken leaderboard.signup leaderboard.invitation
leaderboard.lagestimate leaderboard.estimatechange leaderboard.publication leaderboard.forecast
leaderboard.forecastoutcome leaderboard.chart leaderboard.requestedestimate leaderboard.estimaterequest
leaderboard.export leaderboard.policyversion
"""
MODERATED = "evals.dispute evals.correction evals.modelproposal evals.developerverification"
VIEWED = dict.fromkeys(ADMIN_PAGES.split(), VIEWERS) | dict.fromkeys(MODERATED.split(), STAFF)

# Who may add, change or delete rows of the admin, with a form; nobody may elsewhere.
LIMIT = {"kind": "provider", "name": "new", "max_concurrency": "3", "spent_usd": "0"}
PRICE = {"in_force_on": "2026-11-01", "input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}
CHANGED = {
    "evals.limit add": Write(OPERATORS, body=LIMIT),
    "evals.limit change": Write(OPERATORS, body=LIMIT),
    "evals.limit delete": Write(OPERATORS, body={"post": "yes"}),
    "evals.spendingcap add": Write(OPERATORS, body={"kind": "own", "usd_per_day": "5"}),
    "evals.spendingcap change": Write(OPERATORS, body={"usd_per_day": "5"}),
    "evals.price add": Write(OPERATORS, body=PRICE),
    "evals.endpoint change": Write(
        OPERATORS, body={"max_concurrency": "3", "timeout_s": "60", "enabled": "on"}
    ),
    "evals.import add": Write(OPERATORS),
    "evals.alias change": Write(OPERATORS, body={"ignored": "on"}),
    "evals.dispute change": Write(MODERATORS, body={"state": "rejected", "answer": "It is right."}),
    "leaderboard.policyversion add": Write(OPERATORS, body={"kind": "terms", "text_en": "Be kind."}),
    "axes.accessattempt delete": Write(OPERATORS, body={"post": "yes"}),
}
ACTIONS = {
    "evals.submission cancel": Write(OPERATORS),
    "evals.submission pause": Write(OPERATORS),
    "evals.submission resume": Write(OPERATORS, state="PAUSED"),
    "evals.submission retry": Write(OPERATORS, state="FAILED"),
    "evals.submission rescore": Write(OPERATORS, state="FINISHED"),
    "evals.submission put_first": Write(OPERATORS),
    "evals.submission put_in_turn": Write(OPERATORS, state="PRIORITISED"),
    "evals.endpoint vouch": Write(OPERATORS),
    "evals.endpoint withdraw": Write(
        OPERATORS, body={"confirmed": "Withdraw"}, unrecorded="nobody vouched for this one"
    ),
    "evals.import apply_good_rows": Write(OPERATORS),
    "evals.import apply_all_or_none": Write(OPERATORS),
    "evals.dispute let_be_public": Write(MODERATORS),
    "evals.dispute reject": Write(MODERATORS, body={"confirmed": "Reject", "reason": "Advertising."}),
    "evals.dispute drop_unseen": Write(MODERATORS),
    "leaderboard.apitoken revoke": Write(OPERATORS),
    "evals.limit delete_selected": Write(OPERATORS),
    "axes.accessattempt delete_selected": Write(OPERATORS),
    "axes.accessattempt cleanup_expired_attempts": Write(
        OPERATORS, unrecorded="our login delays leave nothing that it cleans up"
    ),
}
