"""The catalogue: developers, models, benchmarks, tasks and suites."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from evals.models.history import CORRECTED, KNOWN, History
from evals.models.owners import Owner

country_code = RegexValidator(r"^[A-Z]{2}$", "A country is an ISO 3166 code of two capitals, such as CN.")


class Precision(models.TextChoices):
    """The precision of a date."""

    DAY = "day", "day"
    MONTH = "month", "month"


class Openness(models.TextChoices):
    """Whether the weights can be downloaded."""

    OPEN = "open", _("open weights")
    CLOSED = "closed", _("closed weights")


class Form(models.TextChoices):
    """The form of a question: the model generates an answer, or likelihoods of given texts are compared."""

    UNTOLD = "", _("not told")
    GENERATIVE = "generative", _("by a generated answer")
    LIKELIHOOD = "likelihood", _("by likelihoods")


class Known(models.Model):
    """A row with the time from which its facts are known."""

    history = KNOWN
    known_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Sourced(Known):
    """A row with its source, licence, date of retrieval, and the time from which it is known.

    A row holds the current values. `Correction` holds earlier ones: a change goes through
    `operations.catalogue.corrections`, which writes one and resets `known_at`.
    """

    history = CORRECTED
    source = models.TextField(blank=True)
    source_licence = models.CharField(max_length=120, blank=True)
    retrieved_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class CatalogueEdition(models.Model):
    """A version of the catalogue's files: loading changed content creates a new row."""

    history = History("r.loaded_at < {at}")
    content_hash = models.CharField(max_length=64)
    counts = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"edition {self.pk}: {self.content_hash[:12]}"


class Catalogued(Sourced):
    """A row that may come from the catalogue's files; it is withdrawn when they no longer have it."""

    edition = models.ForeignKey(
        CatalogueEdition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The catalogue that first had this row; empty where it was registered or imported.",
    )

    class Meta:
        abstract = True


CONFIRMED_THEN = {"is_confirmed": "CASE WHEN r.confirmed_at >= {at} THEN FALSE ELSE r.is_confirmed END"}


class Confirmable(Catalogued):
    """A row that a user may have proposed; it enters no lag until a moderator confirms it."""

    history = History("r.known_at < {at}", CONFIRMED_THEN, corrected=True)
    is_confirmed = models.BooleanField(
        default=True, help_text="False while a row that a user proposed waits for a moderator."
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Developer(Confirmable):
    """An organisation that released a model; its country is that of its headquarters."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    country = models.CharField(max_length=2, validators=[country_code])
    headquarters = models.CharField(max_length=160, blank=True)
    aliases = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="developer_country_is_iso_code"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Model(Confirmable):
    """One released version of a model; variants of one release share `variant_of`."""

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    developer = models.ForeignKey(Developer, on_delete=models.PROTECT, related_name="models")
    family = models.CharField(max_length=120, blank=True)
    base_model = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="derivatives"
    )
    base_source = models.TextField(blank=True, help_text="Where the base model was read.")
    variant_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="variants"
    )
    effort = models.CharField(max_length=40, blank=True)
    released_on = models.DateField(null=True, blank=True)
    release_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    announced_on = models.DateField(null=True, blank=True)
    openness = models.CharField(max_length=6, choices=Openness)
    weights_opened_on = models.DateField(
        null=True, blank=True, help_text="Where the weights came after the release."
    )
    weights_licence = models.CharField(max_length=120, blank=True)
    parameters_b = models.FloatField(null=True, blank=True)
    host_country = models.CharField(
        max_length=2, blank=True, validators=[country_code], help_text="Where it was first served from."
    )
    host_source = models.TextField(blank=True)
    aliases = models.JSONField(default=list, blank=True)
    proposed_by = models.ForeignKey(
        Owner, on_delete=models.PROTECT, null=True, blank=True, related_name="proposed_models"
    )

    class Meta:
        ordering = ["-released_on", "slug"]
        indexes = [models.Index(fields=["released_on"], name="model_by_release")]
        constraints = [
            models.CheckConstraint(condition=Q(openness__in=Openness.values), name="model_openness_is_known"),
            models.CheckConstraint(
                condition=Q(release_precision__in=Precision.values), name="model_precision_is_known"
            ),
            models.CheckConstraint(
                condition=Q(variant_of__isnull=True) | ~Q(variant_of=F("id")),
                name="model_is_not_its_own_variant",
            ),
            models.CheckConstraint(
                condition=Q(base_model__isnull=True) | ~Q(base_model=F("id")),
                name="model_is_not_its_own_base",
            ),
            models.CheckConstraint(
                condition=Q(parameters_b__isnull=True) | Q(parameters_b__gt=0),
                name="model_parameters_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(host_country="") | (Q(host_country__regex=r"^[A-Z]{2}$") & ~Q(host_source="")),
                name="model_host_is_an_iso_code_with_a_source",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Benchmark(Catalogued):
    """A published set of tasks with one headline metric."""

    class Kind(models.TextChoices):
        TEST = "test", "test"
        INDEX = "index", "index"

    class Direction(models.TextChoices):
        HIGHER = "higher", "higher is better"
        LOWER = "lower", "lower is better"

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.TEST)
    domain = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=20, blank=True)
    metric = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=40, default="fraction")
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.HIGHER)
    chance = models.FloatField(null=True, blank=True)
    ceiling = models.FloatField(null=True, blank=True)
    items = models.PositiveIntegerField(null=True, blank=True)
    visibility = models.CharField(max_length=7, blank=True)
    contamination = models.CharField(max_length=6, blank=True)
    form = models.CharField(max_length=10, choices=Form, blank=True, default=Form.UNTOLD)
    released_on = models.DateField(null=True, blank=True)
    aliases = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["test", "index"]), name="benchmark_kind_is_known"),
            models.CheckConstraint(
                condition=Q(direction__in=["higher", "lower"]), name="benchmark_direction_is_known"
            ),
            models.CheckConstraint(
                condition=Q(chance__isnull=True) | Q(ceiling__isnull=True) | Q(chance__lt=F("ceiling")),
                name="benchmark_chance_is_below_ceiling",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Task(Known):
    """An lm-eval task at one version and few-shot setting; changed content is a new row."""

    name = models.CharField(max_length=160)
    version = models.CharField(max_length=20)
    num_fewshot = models.PositiveIntegerField(default=0)
    folder = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    request_types = models.JSONField(default=list)
    metric = models.CharField(max_length=80)
    filter = models.CharField(max_length=80, default="none")
    benchmark = models.ForeignKey(
        Benchmark, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )

    class Meta:
        ordering = ["name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "num_fewshot", "content_hash"], name="task_is_told_by_its_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def form(self) -> Form:
        """The form of the task's items."""
        return Form.GENERATIVE if self.request_types == ["generate_until"] else Form.LIKELIHOOD


class Suite(Known):
    """A versioned list of tasks; a submission names one."""

    history = History(
        "r.known_at < {at}",
        {
            "current": "(SELECT MAX(s.id) FROM {base}.evals_suite s"
            " WHERE s.slug = r.slug AND s.known_at < {at}) = r.id"
        },
    )
    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=20)
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    tasks = models.ManyToManyField(Task, through="SuiteTask", related_name="suites")
    benchmark = models.ForeignKey(
        Benchmark, on_delete=models.PROTECT, null=True, blank=True, related_name="suites"
    )
    current = models.BooleanField(default=True)
    run_settings = models.JSONField(default=dict, blank=True, help_text="What every run of it starts with.")

    class Meta:
        ordering = ["slug", "version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="suite_version_is_unique"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(current=True), name="suite_has_one_current_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"


class SuiteTask(models.Model):
    """The place of a task in a suite."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.evals_suite s WHERE s.id = r.suite_id AND s.known_at < {at})"
    )
    suite = models.ForeignKey(Suite, on_delete=models.CASCADE)
    task = models.ForeignKey(Task, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["suite", "task"], name="suite_has_a_task_once"),
            models.UniqueConstraint(fields=["suite", "position"], name="suite_position_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.task} in {self.suite}"
