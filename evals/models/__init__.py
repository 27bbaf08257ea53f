"""The tables of the record, one file per subject."""

from evals.models.adoption import Adoption, ListPrice
from evals.models.audit import AccountPseudonym, AuditAction, AuditEvent
from evals.models.catalogue import (
    Benchmark,
    CatalogueEdition,
    Developer,
    Form,
    Model,
    Openness,
    Precision,
    Suite,
    SuiteTask,
    Task,
)
from evals.models.claims import Claim
from evals.models.corrections import Correction
from evals.models.disputes import Dispute, DisputeState, SolvedPuzzle
from evals.models.endpoint_keys import EndpointKey, WorkerKey
from evals.models.endpoints import Endpoint, Limit, Price, Voucher
from evals.models.fresh import FreshEdition
from evals.models.imports import Alias, Import
from evals.models.installation import Installation, InstallationKind
from evals.models.mail import MailItem, MailItemState, MailSubscription
from evals.models.notices import Notice, NoticeType
from evals.models.owners import SUBMITTING_ROLES, Member, MemberRole, Owner, OwnerKind
from evals.models.preflights import OPEN_PREFLIGHT_STATES, Preflight, PreflightState
from evals.models.proposals import WAITING_STATES, ModelProposal, ProposalState
from evals.models.runs import (
    Attempt,
    Provenance,
    Request,
    RequestState,
    Response,
    Run,
    RunState,
    Sample,
    SampleRequest,
    Score,
)
from evals.models.spending import CapKind, SpendingCap
from evals.models.submissions import ReviewOutcome, Submission, SubmissionState
from evals.models.verifications import DeveloperVerification, VerificationMethod, VerificationState
from evals.models.vouching import VouchChange
from evals.models.webhooks import DeliveryError, DeliveryState, DisabledReason, Webhook, WebhookDelivery

__all__ = [
    "OPEN_PREFLIGHT_STATES",
    "SUBMITTING_ROLES",
    "WAITING_STATES",
    "AccountPseudonym",
    "Adoption",
    "Alias",
    "Attempt",
    "AuditAction",
    "AuditEvent",
    "Benchmark",
    "CapKind",
    "CatalogueEdition",
    "Claim",
    "Correction",
    "DeliveryError",
    "DeliveryState",
    "Developer",
    "DeveloperVerification",
    "DisabledReason",
    "Dispute",
    "DisputeState",
    "Endpoint",
    "EndpointKey",
    "Form",
    "FreshEdition",
    "Import",
    "Installation",
    "InstallationKind",
    "Limit",
    "ListPrice",
    "MailItem",
    "MailItemState",
    "MailSubscription",
    "Member",
    "MemberRole",
    "Model",
    "ModelProposal",
    "Notice",
    "NoticeType",
    "Openness",
    "Owner",
    "OwnerKind",
    "Precision",
    "Preflight",
    "PreflightState",
    "Price",
    "ProposalState",
    "Provenance",
    "Request",
    "RequestState",
    "Response",
    "ReviewOutcome",
    "Run",
    "RunState",
    "Sample",
    "SampleRequest",
    "Score",
    "SolvedPuzzle",
    "SpendingCap",
    "Submission",
    "SubmissionState",
    "Suite",
    "SuiteTask",
    "Task",
    "VerificationMethod",
    "VerificationState",
    "VouchChange",
    "Voucher",
    "Webhook",
    "WebhookDelivery",
    "WorkerKey",
]
