"""What a user states of a proposed model, checked against the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _

from evals.models import Developer, Model, Openness, Precision
from evals.operations.catalogue.registration import UnknownDeveloper
from evals.operations.endpoints.registration import UnknownModel
from evals.operations.refusals import Refused, describe_unknown, refuse_invalid
from evals.queries import listed_models

MOST_SOURCES, LONGEST_ADDRESS = 5, 300
is_web_address = URLValidator(schemes=["https", "http"])


class BadProposal(Refused):
    """A field of a proposal is invalid."""

    code = "bad_proposal"


@dataclass(frozen=True, slots=True)
class ProposedFacts:
    """The facts of a proposed model, as its proposer gives them; `developer` is a slug.

    A new developer has a name and a country instead. `is_named`: of the variants of a release that one owner
    proposes, only the named one counts.
    """

    name: str
    openness: str
    sources: Sequence[str]
    released_on: date | None = None
    release_precision: str = Precision.DAY.value
    developer: str = ""
    new_developer: str = ""
    new_developer_country: str = ""
    weights_url: str = ""
    weights_licence: str = ""
    parameters_b: float | None = None
    base_model: str = ""
    variant_of: str = ""
    effort: str = ""
    is_named: bool = True


def refuse_bad_facts(facts: ProposedFacts, *, now: datetime) -> None:
    """Refuse facts that no moderator needs to see. Raises BadProposal."""
    if not slugify(facts.name):
        raise BadProposal(_("Write the name of the model in Latin letters, too."), field="name")
    if bool(facts.developer) == bool(facts.new_developer):
        message = _("Choose a developer on record, or name a new one.")
        raise BadProposal(message, field="developer")
    if facts.new_developer and not slugify(facts.new_developer):
        message = _("Write the name of the developer in Latin letters, too.")
        raise BadProposal(message, field="new_developer")
    if facts.released_on and facts.released_on > now.date():
        message = _("The release date is in the future. Propose a model once it is released.")
        raise BadProposal(message, field="released_on")
    if facts.weights_url and facts.openness != Openness.OPEN:
        message = _("Weights with a public address are open weights.")
        raise BadProposal(message, field="weights_url")
    if not 1 <= len(facts.sources) <= MOST_SOURCES:
        message = _("Give 1 to %(most)d web addresses as sources.") % {"most": MOST_SOURCES}
        raise BadProposal(message, field="sources")
    for address in facts.sources:
        _refuse_bad_address(address, "sources")
    if facts.weights_url:
        _refuse_bad_address(facts.weights_url, "weights_url")


def _refuse_bad_address(address: str, name: str) -> None:
    message = _("“%(address)s” is not a web address of at most %(most)d characters.")
    refusal = BadProposal(message % {"address": address[:100], "most": LONGEST_ADDRESS}, field=name)
    try:
        is_web_address(address)
        if len(address) > LONGEST_ADDRESS or "@" in urlsplit(address).netloc:
            raise refusal
    except (ValidationError, ValueError):
        raise refusal from None


def resolve_developer(facts: ProposedFacts, *, now: datetime, current: Model) -> Developer:
    """Return the developer on record, the one proposed before with this model, or a new one, not saved."""
    if facts.developer:
        developer = Developer.objects.filter(slug=facts.developer).first()
        if developer is None:
            known = set(Developer.objects.values_list("slug", flat=True))
            sentence, allowed = describe_unknown("developer", facts.developer, known)
            raise UnknownDeveloper(sentence, allowed=allowed)
        return developer
    slug = slugify(facts.new_developer)[:80]
    same = Developer.objects.filter(slug=slug).first()
    if same is not None and same.pk == current.developer_id and not same.is_confirmed:
        return same
    if same is not None:
        message = _("The developer %(name)s is on record. Choose it from the list.")
        raise BadProposal(message % {"name": facts.new_developer}, field="new_developer", allowed=[slug])
    developer = Developer(
        slug=slug,
        name=facts.new_developer,
        country=facts.new_developer_country,
        source=facts.sources[0],
        is_confirmed=False,
        known_at=now,
    )
    try:
        refuse_invalid(developer)
    except Refused as refusal:
        names = {"name": "new_developer", "country": "new_developer_country"}
        raise BadProposal(refusal.message, field=names.get(refusal.field, refusal.field)) from None
    return developer


def related_model(slug: str, *, field: str) -> Model | None:
    """Return a model on record by its slug; None without one. Raises UnknownModel."""
    if not slug:
        return None
    model = listed_models().filter(slug=slug).first()
    if model is None:
        sentence, allowed = describe_unknown(
            "model", slug, set(listed_models().values_list("slug", flat=True))
        )
        raise UnknownModel(sentence, allowed=allowed, field=field)
    return model
