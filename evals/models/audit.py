"""The audit log: who changed what, when; its rows are never changed or deleted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditAction(models.TextChoices):
    """What an event records. The column has no choices, so that a new action needs no migration."""

    ACCOUNT_CREATE = "account.create", _("account created")
    ACCOUNT_CHANGE = "account.change", _("account changed")
    ACCOUNT_PASSWORD = "account.password", _("password changed")
    ACCOUNT_DELETE = "account.delete", _("account deleted")
    ACCOUNT_EXPORT = "account.export", _("data of the account downloaded")
    ACCOUNT_ROLES = "account.roles", _("roles changed")
    ACCOUNT_LOGIN = "account.login", _("signed in")
    ACCOUNT_LOGOUT = "account.logout", _("signed out")
    ACCOUNT_SESSIONS = "account.sessions", _("sessions ended")
    ACCOUNT_ADDRESS = "account.address", _("e-mail address changed")
    FACTOR_ADD = "factor.add", _("second factor added")
    FACTOR_REMOVE = "factor.remove", _("second factor removed")
    PROVIDER_CONNECT = "provider.connect", _("account connected with a provider")
    PROVIDER_DISCONNECT = "provider.disconnect", _("account disconnected from a provider")
    POLICY_PUBLISH = "policy.publish", _("policy published")
    POLICY_ACCEPT = "policy.accept", _("policy accepted")
    TOKEN_ISSUE = "token.issue", _("API token issued")
    CAP_SET = "cap.set", _("spending cap set")
    TOKEN_REVOKE = "token.revoke", _("API token revoked")
    ORGANISATION_CREATE = "organisation.create", _("organisation created")
    ORGANISATION_DELETE = "organisation.delete", _("organisation deleted")
    ORGANISATION_RENAME = "organisation.rename", _("organisation renamed")
    MEMBER_ADD = "member.add", _("member joined")
    MEMBER_ROLE = "member.role", _("member's role changed")
    MEMBER_REMOVE = "member.remove", _("member left or removed")
    INVITATION_CREATE = "invitation.create", _("invitation created")
    INVITATION_DECLINE = "invitation.decline", _("invitation declined")
    INVITATION_WITHDRAW = "invitation.withdraw", _("invitation withdrawn")
    SUBMISSION_CREATE = "submission.create", _("submission created")
    SUBMISSION_CANCEL = "submission.cancel", _("submission cancelled")
    SUBMISSION_PAUSE = "submission.pause", _("submission paused")
    SUBMISSION_RESUME = "submission.resume", _("submission resumed")
    SUBMISSION_RETRY = "submission.retry", _("submission retried")
    SUBMISSION_RESCORE = "submission.rescore", _("rescoring requested")
    SUBMISSION_BUDGET = "submission.budget", _("budget changed")
    SUBMISSION_PRIORITY = "submission.priority", _("priority changed")
    SUBMISSION_APPROVE = "submission.approve", _("submission approved")
    SUBMISSION_REJECT = "submission.reject", _("submission rejected")
    SUBMISSION_CHANGES = "submission.changes", _("changes to a submission requested")
    SUBMISSION_EMBARGO = "submission.embargo", _("embargo shortened")
    SUBMISSION_HOLD = "submission.hold", _("submission held")
    SUBMISSION_FINISH = "submission.finish", _("submission finished")
    SUBMISSION_FAIL = "submission.fail", _("submission failed")
    RUN_RESCORE = "run.rescore", _("run rescored")
    DISPUTE_FILE = "dispute.file", _("dispute filed")
    DISPUTE_PUBLISH = "dispute.publish", _("dispute published")
    DISPUTE_DELETE = "dispute.delete", _("dispute deleted")
    DISPUTE_ANSWER = "dispute.answer", _("dispute answered")
    FACT_CORRECT = "fact.correct", _("fact corrected")
    IMPORT_PROPOSE = "import.propose", _("import proposed")
    IMPORT_APPLY = "import.apply", _("import applied")
    ALIAS_CONFIRM = "alias.confirm", _("alias confirmed")
    ALIAS_FORGET = "alias.forget", _("alias withdrawn")
    ENDPOINT_REGISTER = "endpoint.register", _("endpoint registered")
    ENDPOINT_CHANGE = "endpoint.change", _("endpoint changed")
    ENDPOINT_PROBE = "endpoint.probe", _("endpoint probed")
    ENDPOINT_SHARE = "endpoint.share", _("endpoint shared")
    ENDPOINT_DELETE = "endpoint.delete", _("endpoint deleted")
    KEY_SEAL = "key.seal", _("key stored")
    KEY_USE = "key.use", _("key used")
    KEY_DELETE = "key.delete", _("key deleted")
    WORKER_KEY_CREATE = "worker_key.create", _("workers' key created")
    WORKER_KEY_ROTATE = "worker_key.rotate", _("workers' key made current")
    WORKER_KEY_RETIRE = "worker_key.retire", _("workers' key retired")
    PREFLIGHT_REQUEST = "preflight.request", _("preflight requested")
    PREFLIGHT_END = "preflight.end", _("preflight ended")
    LIMIT_SAVE = "limit.save", _("limit saved")
    LIMIT_DELETE = "limit.delete", _("limit deleted")
    PRICE_ADD = "price.add", _("price added")
    ENDPOINT_VOUCH = "endpoint.vouch", _("voucher of an endpoint changed")
    PROPOSAL_OPEN = "proposal.open", _("model proposed")
    PROPOSAL_AMEND = "proposal.amend", _("proposal amended")
    PROPOSAL_CONFIRM = "proposal.confirm", _("proposed model confirmed")
    PROPOSAL_REJECT = "proposal.reject", _("proposed model rejected")
    PROPOSAL_RETURN = "proposal.return", _("changes of a proposal requested")
    VERIFICATION_CLAIM = "verification.claim", _("developer claimed")
    VERIFICATION_ACCEPT = "verification.accept", _("domain of a developer confirmed")
    VERIFICATION_REJECT = "verification.reject", _("claim of a developer rejected")
    VERIFICATION_PROVE = "verification.prove", _("organisation verified")
    VERIFICATION_LAPSE = "verification.lapse", _("verification lapsed")
    MODEL_REGISTER = "model.register", _("model registered")
    DEVELOPER_REGISTER = "developer.register", _("developer registered")
    CATALOGUE_LOAD = "catalogue.load", _("catalogue loaded")
    SUITE_LOAD = "suite.load", _("suite loaded")
    FRESH_DRAW = "fresh.draw", _("month of lagline-fresh drawn")
    FRESH_REVEAL = "fresh.reveal", _("seed of lagline-fresh published")
    COMPARISON_LINK = "comparison.link", _("permanent link created")
    EXPORT_WRITE = "export.write", _("export written")
    RECORD_RESTORE = "record.restore", _("record restored")
    WEBHOOK_CREATE = "webhook.create", _("webhook created")
    WEBHOOK_CHANGE = "webhook.change", _("webhook changed")
    WEBHOOK_DELETE = "webhook.delete", _("webhook deleted")
    WEBHOOK_ROTATE = "webhook.rotate", _("secret of a webhook replaced")
    WEBHOOK_TEST = "webhook.test", _("webhook tested")
    WEBHOOK_REPLAY = "webhook.replay", _("delivery of a webhook repeated")
    WEBHOOK_DISABLE = "webhook.disable", _("webhook disabled")
    ADMIN_ADD = "admin.add", _("row added in the admin")
    ADMIN_CHANGE = "admin.change", _("row changed in the admin")
    ADMIN_DELETE = "admin.delete", _("row deleted in the admin")


class AccountPseudonym(models.Model):
    """The random id under which an account appears in the audit log; it is deleted with the account."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="audit_pseudonym"
    )
    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    def __str__(self) -> str:
        return str(self.pseudonym)


class AuditEvent(models.Model):
    """A change, with its actor; triggers of the database refuse UPDATE and DELETE.

    On SQLite, a migration that alters this table makes a new one: it must create the triggers again, as
    `0019_audit_log` does.
    """

    class Actor(models.TextChoices):
        """The kinds of actors."""

        ACCOUNT = "account", _("account")
        ANONYMOUS = "anonymous", _("not signed in")
        COMMAND = "command", _("command")
        SYSTEM = "system", _("the service itself")

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=10, choices=Actor)
    actor = models.CharField(
        max_length=64, blank=True, help_text="An account's pseudonym, or a command's operating system user."
    )
    token = models.PositiveBigIntegerField(null=True, blank=True, help_text="The number of the API token.")
    network = models.CharField(
        max_length=64, blank=True, help_text="A keyed hash of the client's network address."
    )
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    before = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.object_type} {self.object_id}"
