"""The tables of the record, one file per subject."""

from evals.models.adoption import Adoption, ListPrice
from evals.models.audit import AccountPseudonym, AuditAction, AuditEvent
from evals.models.catalogue import (
    Benchmark,
    CatalogueEdition,
    Developer,
    Endpoint,
    Form,
    Limit,
    Model,
    Openness,
    Precision,
    Price,
    Suite,
    SuiteTask,
    Task,
)
from evals.models.claims import Claim
from evals.models.corrections import Correction
from evals.models.disputes import Dispute, DisputeState, SolvedPuzzle
from evals.models.fresh import FreshEdition
from evals.models.imports import Alias, Import
from evals.models.owners import SUBMITTING_ROLES, Member, MemberRole, Owner, OwnerKind
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

__all__ = [
    "SUBMITTING_ROLES",
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
    "Developer",
    "Dispute",
    "DisputeState",
    "Endpoint",
    "Form",
    "FreshEdition",
    "Import",
    "Limit",
    "ListPrice",
    "Member",
    "MemberRole",
    "Model",
    "Openness",
    "Owner",
    "OwnerKind",
    "Precision",
    "Price",
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
]
