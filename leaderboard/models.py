"""The tables of published data: lag estimates, charts, forecasts, exports, and API tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from evals.acting import all_scopes
from evals.models.history import KNOWN, History
from evals.models.owners import MemberRole


class Attribution(models.TextChoices):
    """The rule that assigns a model to a country, and from when (the attribution switch of METHOD)."""

    HEADQUARTERS = "headquarters", "by its developer's headquarters, dated by its release"
    BASE_MODEL = "base-model", "by the headquarters of its base model's developer"
    HOST = "host-country", "by the country that it is hosted in, where that is on record"
    ANNOUNCEMENT = "announcement", "dated by its announcement where that came first"


class LagEstimate(models.Model):
    """The published lag of a pair of cohorts on one date, on a benchmark or over several; never edited."""

    history = KNOWN
    follower = models.CharField(max_length=240)
    leader = models.CharField(max_length=240)
    benchmark = models.ForeignKey(
        "evals.Benchmark",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lag_estimates",
        help_text="Empty: a composite over benchmarks.",
    )
    domain = models.CharField(
        max_length=60, blank=True, default="", help_text="What a composite is over; empty: every domain."
    )
    scope = models.CharField(
        max_length=1200,
        blank=True,
        default="",
        help_text="What else narrows it: benchmarks, their language or visibility, what is left out, a day.",
    )
    reading = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Empty: our own catch-up and standing, with all else.",
    )
    attribution = models.CharField(
        max_length=20, choices=Attribution.choices, default=Attribution.HEADQUARTERS.value
    )
    as_of = models.DateField()
    method_version = models.CharField(max_length=20)
    data_hash = models.CharField(max_length=64)
    seed = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the draws; empty where it has none."
    )
    state = models.CharField(max_length=40, default="ok", help_text='"ok", or why the lag is not defined.')
    values = models.JSONField()
    published_at = models.DateTimeField()
    known_at = models.DateTimeField(
        db_default=Now(),
        editable=False,
        help_text="When the last of the facts that it rests on was known, if that was by its as-of date; "
        "else when it was published.",
    )

    class Meta:
        ordering = ["-as_of", "-published_at"]
        get_latest_by = ["as_of", "published_at"]
        indexes = [models.Index(fields=["follower", "leader", "benchmark", "-as_of"], name="estimate_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("follower", "leader", "benchmark", "scope", "reading", "attribution"),
                    *("as_of", "method_version", "data_hash"),
                ],
                name="estimate_is_published_once",
            ),
            models.UniqueConstraint(
                fields=[
                    *("follower", "leader", "domain", "scope", "reading", "attribution"),
                    *("as_of", "method_version", "data_hash"),
                ],
                condition=models.Q(benchmark__isnull=True),
                name="composite_is_published_once",
            ),
            models.CheckConstraint(
                condition=models.Q(benchmark__isnull=True) | models.Q(domain=""),
                name="estimate_is_over_a_benchmark_or_a_domain",
            ),
        ]

    def __str__(self) -> str:
        on = f"on {self.benchmark}" if self.benchmark_id else f"over {self.domain or 'all'}"
        return f"{self.follower} behind {self.leader} {on}, {self.as_of}"


class EstimateData(models.Model):
    """The input data of a composite by its hash, kept to recompute and to compare it."""

    history = History("r.kept_at < {at}")
    data_hash = models.CharField(max_length=64, unique=True)
    content = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "estimate data"

    def __str__(self) -> str:
        return self.data_hash


class EstimateChange(models.Model):
    """The changes of the data between an estimate and its predecessor, and how far each moved the lag."""

    history = History("r.found_at < {at}")
    estimate = models.OneToOneField(LagEstimate, on_delete=models.CASCADE, related_name="change")
    former = models.ForeignKey(LagEstimate, on_delete=models.CASCADE, related_name="+")
    moved_months = models.FloatField(null=True, help_text="Of the catch-up lag; empty where one has none.")
    n_changes = models.PositiveIntegerField(
        help_text="Scores and models that were added, changed or taken off."
    )
    parts = models.JSONField(
        help_text="The changes that moved it most, each with what it moved the lag at the mode by."
    )
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-found_at", "-pk"]

    def __str__(self) -> str:
        return f"change of {self.estimate}"


class Publication(models.Model):
    """One run of the publisher: the version of the record, the duration, and the number of estimates."""

    history = History("r.started_at < {at}")
    record_version = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    n_published = models.PositiveIntegerField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.n_published} estimates of {self.record_version}"


class Forecast(models.Model):
    """A dated prediction, never edited: a lag, or that a model of the leader's will be matched."""

    class Kind(models.TextChoices):
        LAG = "lag", "the catch-up lag, in months"
        MATCH = "match", "whether a model of the leader has been matched"

    history = History("r.made_at < {at}")
    estimate = models.ForeignKey(LagEstimate, on_delete=models.PROTECT, related_name="forecasts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField(help_text="The first day of the month that it belongs to.")
    model = models.ForeignKey(
        "evals.Model", on_delete=models.PROTECT, null=True, blank=True, related_name="forecasts"
    )
    horizon_months = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    probability = models.FloatField(null=True, blank=True)
    quantiles = models.JSONField(
        null=True, blank=True, help_text="Of the lag in months, at 0.5%, 1.5% and so on to 99.5%."
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "kind", "model", "horizon_months"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "model", "horizon_months"],
                condition=models.Q(kind="match"),
                name="match_is_forecast_once",
            ),
            models.UniqueConstraint(
                fields=["month", "horizon_months"],
                condition=models.Q(kind="lag"),
                name="lag_is_forecast_once",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind="lag", model__isnull=True, probability__isnull=True, quantiles__isnull=False
                )
                | models.Q(
                    kind="match", model__isnull=False, probability__isnull=False, quantiles__isnull=True
                ),
                name="forecast_tells_what_its_kind_does",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model or 'the lag'} by {self.due_on}"


class ForecastOutcome(models.Model):
    """The outcome of a forecast that is due, and its CRPS or Brier score."""

    history = History("r.scored_at < {at}")
    forecast = models.OneToOneField(Forecast, on_delete=models.PROTECT, related_name="outcome")
    estimate = models.ForeignKey(LagEstimate, on_delete=models.PROTECT, related_name="+")
    lag_months = models.FloatField(null=True, blank=True)
    happened = models.BooleanField(null=True, blank=True)
    score = models.FloatField()
    scored_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"outcome of {self.forecast}"


class Chart(models.Model):
    """A chart of an estimate in one language and size, drawn by the worker; a redrawn chart replaces it."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.leaderboard_lagestimate e"
        " WHERE e.id = r.estimate_id AND e.known_at < {at})"
    )
    estimate = models.ForeignKey(LagEstimate, on_delete=models.CASCADE, related_name="charts")
    name = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    size = models.CharField(max_length=10)
    spec = models.JSONField(help_text="In the light colours.")
    svg = models.TextField(
        help_text="In the light colours; the dark ones are exchanged for them when it is asked."
    )
    png = models.BinaryField(null=True, help_text="In the light colours, at twice its size.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    version = models.CharField(
        max_length=12, help_text="The start of the specification's hash: in its address."
    )
    drawn_by = models.CharField(max_length=12, help_text="The version of the charts' program and its words.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["estimate", "name", "language", "size"], name="chart_is_drawn_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, {self.size}) of {self.estimate}"


class RequestedEstimate(models.Model):
    """An estimate computed on request: deleted after a while, unless somebody created a permanent link."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.leaderboard_lagestimate e"
        " WHERE e.id = r.estimate_id AND e.known_at < {at})",
        {"subscriber": "''", "network": "''", "account": "''"},
    )
    estimate = models.OneToOneField(
        LagEstimate, on_delete=models.CASCADE, primary_key=True, related_name="requested"
    )
    requested_at = models.DateTimeField(help_text="When it was last requested.")
    linked_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is permanent.")
    subscriber = models.CharField(
        max_length=32, blank=True, help_text="Who made it permanent, as a keyed hash, for the quotas."
    )
    network = models.CharField(max_length=32, blank=True)
    account = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["linked_at", "requested_at"], name="requested_estimate_expiry")]

    def __str__(self) -> str:
        return f"request for {self.estimate}"


class EstimateRequest(models.Model):
    """A reader's request to compute an unpublished comparison; this row holds its state."""

    class State(models.TextChoices):
        QUEUED = "queued", "waits for a worker"
        COMPUTING = "computing", "a worker computes it"
        DONE = "done", "published"
        FAILED = "failed", "it cannot be computed"

    comparison = models.CharField(
        max_length=2000, help_text="Its text, without a reading: all are published."
    )
    record_version = models.CharField(max_length=60, help_text="Of the record that it was asked of.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED.value)
    client = models.CharField(
        max_length=64, help_text="A keyed hash of who asked, for the limit of a client."
    )
    network = models.CharField(
        max_length=32, blank=True, help_text="The same of the wider network, for its quota."
    )
    account = models.CharField(max_length=32, blank=True, help_text="The same of the account, if any.")
    language = models.CharField(max_length=10, help_text="In which its charts are drawn first.")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=40, blank=True, help_text="A code; what it means stands elsewhere.")
    estimate = models.ForeignKey(
        LagEstimate, on_delete=models.CASCADE, null=True, blank=True, related_name="requests"
    )

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="estimate_request_queue"),
            models.Index(fields=["asked_at"], name="estimate_request_quota"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "record_version"], name="comparison_is_asked_once"),
            models.CheckConstraint(
                condition=models.Q(state="computing") ^ models.Q(lease_until__isnull=True),
                name="estimate_request_is_leased_while_computed",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done") ^ models.Q(estimate__isnull=True),
                name="estimate_request_is_done_with_an_estimate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison} ({self.state})"


class Export(models.Model):
    """A complete export in the storage, with its manifest."""

    history = History("r.made_at < {at}")
    folder = models.SlugField(max_length=20, unique=True, help_text="Under exports/ in the storage.")
    made_at = models.DateTimeField()
    manifest = models.JSONField(help_text="What its manifest.json says.")

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"export {self.folder}"


class SignUp(models.Model):
    """A use of the sign-up page; without an account if the address had one already."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_up"
    )
    subscriber = models.CharField(max_length=32, help_text="Who signed up, as a keyed hash.")
    network = models.CharField(max_length=32, help_text="The same of the wider network.")
    signed_up_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["signed_up_at"], name="sign_up_quota")]

    def __str__(self) -> str:
        return f"sign-up of {self.account or 'an address in use'}"


class PolicyKind(models.TextChoices):
    """The policies of the service."""

    TERMS = "terms", "Terms of use"
    PRIVACY = "privacy", "Privacy notice"
    LICENCE = "licence", "Licence of submitted answers"
    TAKEDOWN = "takedown", "Takedown procedure"


ACCEPTED_POLICIES = (PolicyKind.TERMS, PolicyKind.PRIVACY, PolicyKind.LICENCE)
POLICY_TEXTS = {"en": "text_en", "zh-hans": "text_zh_hans", "vi": "text_vi"}  # the column of each language


class PolicyVersion(models.Model):
    """A version of a policy, as Markdown; it is never changed, but followed by another."""

    kind = models.CharField(max_length=8, choices=PolicyKind)
    number = models.PositiveIntegerField()
    text_en = models.TextField("English", max_length=50_000)
    text_zh_hans = models.TextField("Chinese", max_length=50_000, blank=True)
    text_vi = models.TextField("Vietnamese", max_length=50_000, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="policy_version_is_unique")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"

    @property
    def page(self) -> str:
        """Return the URL name of its page."""
        return f"pages:{self.kind}"


class PolicyAcceptance(models.Model):
    """That an account has accepted a version of a policy, and when."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_acceptances"
    )
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "version"], name="policy_is_accepted_once")]

    def __str__(self) -> str:
        return f"{self.account_id} accepts {self.version_id}"


class Invitation(models.Model):
    """An invitation to an organisation: of one account, or of whoever has the link that an address got."""

    organisation = models.ForeignKey("evals.Owner", on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=9, choices=MemberRole)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    email = models.EmailField(blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text="Of the secret in its link.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was accepted, declined or withdrawn."
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account__isnull=True) ^ models.Q(email=""),
                name="invitation_is_of_an_account_or_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"invitation to {self.organisation}"


class ApiToken(models.Model):
    """An API token of a submitter; only its digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    password_digest = models.CharField(
        max_length=64, help_text="Of the account's password hash at issue: a new password ends the token."
    )
    owner = models.ForeignKey(
        "evals.Owner",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="api_tokens",
        help_text="The organisation for which alone it acts; empty: the account, and all that it acts for.",
    )
    scopes = models.JSONField(default=all_scopes)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Up to five minutes early.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user", "name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="token_name_is_unique")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
