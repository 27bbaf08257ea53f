"""The writes of proposals: a user proposes and amends a model, a moderator decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from evals.models import (
    WAITING_STATES,
    AuditAction,
    Developer,
    Model,
    ModelProposal,
    NoticeType,
    Owner,
    ProposalState,
    Score,
)
from evals.operations.audit import record_event
from evals.operations.catalogue.corrections import NoReason
from evals.operations.notices.notify import notify_model
from evals.operations.owners.access import Actor, NotPermitted, acts_for, resolve_owner
from evals.operations.proposals.facts import (
    BadProposal,
    ProposedFacts,
    refuse_bad_facts,
    related_model,
    resolve_developer,
)
from evals.operations.proposals.similar import free_slug, similar_models
from evals.operations.refusals import Conflict, Refused, TooMany, refuse_invalid
from evals.operations.submissions.access import has_permission, refuse_without

MAX_WAITING = 10
LONGEST_MESSAGE = 2_000
REVIEW = "evals.review_model"
NOTICES = {
    ProposalState.REJECTED: NoticeType.MODEL_REJECTED,
    ProposalState.CHANGES_REQUESTED: NoticeType.MODEL_CHANGES,
}


class SimilarModelExists(Conflict):
    """A model on record has a similar name; the proposer has to say that it is another one."""

    code = "similar_model"
    field = "name"


class TooManyProposals(TooMany):
    """An owner has as many waiting proposals as it may."""

    code = "too_many_proposals"


class UnknownProposal(Refused):
    """There is no such proposal."""

    code = "unknown_proposal"


class ProposalDecided(Conflict):
    """A decided proposal is not changed."""

    code = "proposal_decided"
    field = "state"


def propose_model(
    *,
    proposer: AbstractBaseUser,
    facts: ProposedFacts,
    now: datetime,
    owner: str = "",
    is_another: bool = False,
) -> ModelProposal:
    """Propose a model; it is on record at once, unconfirmed.

    `is_another`: the proposer has seen the models with similar names. Raises SimilarModelExists,
    TooManyProposals, BadProposal.
    """
    refuse_without(proposer, "evals.add_submission", _("Your account may not propose models."))
    whose = resolve_owner(actor=proposer, handle=owner)
    refuse_bad_facts(facts, now=now)
    if not is_another:
        _refuse_similar(facts.name)
    with transaction.atomic():
        _refuse_too_many(whose)
        model = Model(
            slug=free_slug(slugify(facts.name)[:110]), proposed_by=whose, is_confirmed=False, known_at=now
        )
        _write_facts(model, facts, now)
        proposal = ModelProposal.objects.create(
            model=model,
            proposer_id=proposer.pk,
            sources=list(facts.sources),
            weights_url=facts.weights_url,
            is_named=facts.is_named,
            proposed_at=now,
            submitted_at=now,
        )
        _record(AuditAction.PROPOSAL_OPEN, proposal, name=model.name, developer=model.developer.slug)
    return proposal


def amend_proposal(
    *, public_id: Any, by: Actor, facts: ProposedFacts, now: datetime, is_another: bool = False
) -> ModelProposal:
    """Change a waiting proposal, and submit it for review again. Raises ProposalDecided, NotPermitted."""
    refuse_bad_facts(facts, now=now)
    with transaction.atomic():
        proposal = _waiting(public_id)
        model = proposal.model
        if model.proposed_by is None or not acts_for(by, model.proposed_by):
            raise NotPermitted(_("Only who proposed a model may change the proposal."))
        if not is_another and facts.name != model.name:
            _refuse_similar(facts.name)
        _refuse_renaming_after_scores(proposal, facts)
        former = model.developer
        _write_facts(model, facts, now)
        _delete_unused(former)
        ModelProposal.objects.filter(pk=proposal.pk).update(
            sources=list(facts.sources),
            weights_url=facts.weights_url,
            is_named=facts.is_named,
            state=ProposalState.OPEN,
            message="",
            submitted_at=now,
        )
        _record(AuditAction.PROPOSAL_AMEND, proposal, name=model.name, developer=model.developer.slug)
    return ModelProposal.objects.get(pk=proposal.pk)


def confirm_proposal(*, public_id: Any, by: Actor, now: datetime) -> ModelProposal:
    """Confirm a proposed model and its developer; from then on its scores count."""
    with transaction.atomic():
        proposal = _reviewed(public_id, by)
        model = proposal.model
        _refuse_unconfirmed_relatives(model)
        _decide(proposal, ProposalState.CONFIRMED, "", by, now)
        Developer.objects.filter(pk=model.developer_id, is_confirmed=False).update(
            is_confirmed=True, confirmed_at=now
        )
        Model.objects.filter(pk=model.pk).update(is_confirmed=True, confirmed_at=now)
        _record(AuditAction.PROPOSAL_CONFIRM, proposal, state=ProposalState.CONFIRMED.value)
        _notify(NoticeType.MODEL_CONFIRMED, proposal, now)
    return ModelProposal.objects.get(pk=proposal.pk)


def reject_proposal(*, public_id: Any, by: Actor, reason: str, now: datetime) -> ModelProposal:
    """Reject a proposed model with a public reason; it is not listed any more, its runs stay."""
    return _refuse_proposal(
        public_id, ProposalState.REJECTED, AuditAction.PROPOSAL_REJECT, by=by, reason=reason, now=now
    )


def send_back(*, public_id: Any, by: Actor, reason: str, now: datetime) -> ModelProposal:
    """Return a proposal to its owner, who amends and resubmits it."""
    return _refuse_proposal(
        public_id, ProposalState.CHANGES_REQUESTED, AuditAction.PROPOSAL_RETURN, by=by, reason=reason, now=now
    )


def _refuse_proposal(
    public_id: Any, state: ProposalState, action: AuditAction, *, by: Actor, reason: str, now: datetime
) -> ModelProposal:
    message = reason.strip()
    if not message or len(message) > LONGEST_MESSAGE:
        text = _("Give a reason of at most %(most)d characters. It is public.")
        raise NoReason(text % {"most": LONGEST_MESSAGE}, field="message")
    with transaction.atomic():
        proposal = _reviewed(public_id, by)
        _decide(proposal, state, message, by, now)
        _record(action, proposal, state=state.value, reason=message)
        _notify(NOTICES[state], proposal, now)
    return ModelProposal.objects.get(pk=proposal.pk)


def may_review(actor: Actor) -> bool:
    """Tell whether an actor may decide on proposals."""
    return has_permission(actor, REVIEW)


# Parts ---------------------------------------------------------------------------------------------------


def _waiting(public_id: Any) -> ModelProposal:
    rows = ModelProposal.objects.select_for_update(of=("self",)).select_related(
        "model__developer", "model__proposed_by"
    )
    proposal = rows.filter(public_id=public_id).first()
    if proposal is None:
        raise UnknownProposal(_("There is no proposal %(id)s.") % {"id": public_id})
    if proposal.state not in WAITING_STATES:
        message = _("This proposal is %(state)s; it cannot be changed any more.")
        raise ProposalDecided(message % {"state": proposal.get_state_display()})
    return proposal


def _reviewed(public_id: Any, by: Actor) -> ModelProposal:
    refuse_without(by, REVIEW, _("Only a moderator may decide on a proposal."))
    return _waiting(public_id)


def _decide(proposal: ModelProposal, state: ProposalState, message: str, by: Actor, now: datetime) -> None:
    waiting = ModelProposal.objects.filter(pk=proposal.pk, state__in=WAITING_STATES)
    if not waiting.update(state=state, message=message, reviewer_id=by.pk, decided_at=now):
        raise ProposalDecided(_("Somebody else has decided on this proposal."))


def _refuse_similar(name: str) -> None:
    similar = similar_models(name)
    if similar:
        message = _("On record with a similar name: %(names)s. Propose it only if it is another model.")
        names = ", ".join(row.name for row in similar)
        raise SimilarModelExists(message % {"names": names}, allowed=[row.slug for row in similar])


def _refuse_too_many(owner: Owner) -> None:
    # The owner's row is locked, so that two requests do not both take the last place.
    Owner.objects.select_for_update().get(pk=owner.pk)
    waiting = ModelProposal.objects.filter(model__proposed_by=owner, state__in=WAITING_STATES).count()
    if waiting >= MAX_WAITING:
        message = _("%(n)d of your proposals wait already. Propose more when some of them are decided.")
        raise TooManyProposals(message % {"n": waiting})


def _write_facts(model: Model, facts: ProposedFacts, now: datetime) -> None:
    """Set the facts of a proposed model and save it, with its developer if that is new."""
    model.variant_of = related_model(facts.variant_of, field="variant_of")
    model.base_model = related_model(facts.base_model, field="base_model")
    for column in ("name", "openness", "released_on", "release_precision", "parameters_b"):
        setattr(model, column, getattr(facts, column))
    model.weights_licence, model.effort, model.source = facts.weights_licence, facts.effort, facts.sources[0]
    model.base_source = facts.sources[0] if model.base_model else ""
    developer = resolve_developer(facts, now=now, current=model)
    if developer.pk is None:
        developer.save()
    model.developer = developer
    refuse_invalid(model)
    _refuse_loops(model)
    _refuse_second_named(model, facts)
    model.save()


def _refuse_loops(model: Model) -> None:
    if model.variant_of and model.variant_of.variant_of_id:
        message = _("%(name)s is itself a variant. Name the release that it belongs to.")
        raise BadProposal(message % {"name": model.variant_of.name}, field="variant_of")
    if model.pk and model.pk in (model.variant_of_id, model.base_model_id):
        raise BadProposal(_("A model is not its own variant or base."), field="variant_of")


def _refuse_second_named(model: Model, facts: ProposedFacts) -> None:
    """Refuse to name a second variant of a release, or one after a variant of it has a score."""
    if not (facts.is_named and model.variant_of):
        return
    release = model.variant_of
    proposed = Model.objects.filter(proposed_by=model.proposed_by, proposal__isnull=False)
    family = (proposed.filter(variant_of=release) | proposed.filter(pk=release.pk)).exclude(pk=model.pk)
    named = family.filter(proposal__is_named=True).exclude(proposal__state=ProposalState.REJECTED).first()
    if named is not None:
        message = _("You named %(name)s as the variant of this release that counts. Only one can count.")
        raise BadProposal(message % {"name": named.name}, field="is_named")
    if Score.objects.filter(model__in=family, submission__isnull=False).exists():
        message = _("Variants of this release were run already. The one that counts is named beforehand.")
        raise BadProposal(message, field="is_named")


def _refuse_renaming_after_scores(proposal: ModelProposal, facts: ProposedFacts) -> None:
    has_scores = Score.objects.filter(model=proposal.model, submission__isnull=False).exists()
    if facts.is_named and not proposal.is_named and has_scores:
        message = _("This variant was run already. The one that counts is named beforehand.")
        raise BadProposal(message, field="is_named")


def _delete_unused(developer: Developer) -> None:
    """Delete a developer that was proposed with this model alone, and that it no longer names."""
    if not developer.is_confirmed and not developer.models.exists():
        developer.delete()


def _refuse_unconfirmed_relatives(model: Model) -> None:
    for relative in (model.variant_of, model.base_model):
        if relative is not None and not relative.is_confirmed:
            message = _("Confirm %(name)s first: this model refers to it.")
            raise Refused(message % {"name": relative.name}, field="state")


def _record(action: AuditAction, proposal: ModelProposal, **after: object) -> None:
    record_event(action=action, object_type="proposal", object_id=proposal.public_id, after=after)


def _notify(type: NoticeType, proposal: ModelProposal, now: datetime) -> None:
    model = proposal.model
    if model.proposed_by is not None:
        notify_model(type, model, model.proposed_by, now, proposal=str(proposal.public_id))
