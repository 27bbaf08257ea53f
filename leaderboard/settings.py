"""Django's settings. The default configuration needs none; docs/operating.md lists them all."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject
from redis.backoff import NoBackoff
from redis.retry import Retry

from leaderboard.client_address import read_trusted_proxies
from leaderboard.data_directory import create_private_file, make_private_directory
from leaderboard.environment import Environment, embedded_socket, kept_secret
from leaderboard.mail import EMAIL_SCHEMES, read_email_url
from leaderboard.secret_key import refuse_weak_key
from leaderboard.sign_in_settings import read_sign_in_providers

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
make_private_directory(DATA_DIR)
SIMULATED_WORLD = env.flag("SIMULATED_WORLD", False)  # from the first migration on

# Hosts and security ----------------------------------------------------------------------------------------

PUBLIC_URL = env.url("PUBLIC_URL", "http://127.0.0.1:8000", schemes={"http", "https"}).rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
DEBUG = env.flag("DEBUG", False)
DEFAULT_EXCEPTION_REPORTER = "leaderboard.error_reports.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "leaderboard.error_reports.ReportFilter"
SECRET_KEY = env.text("SECRET_KEY") if HTTPS else env.text("SECRET_KEY", kept_secret(DATA_DIR / "secret_key"))
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", [])
refuse_weak_key("SECRET_KEY", SECRET_KEY)
for _former_key in SECRET_KEY_FALLBACKS:
    refuse_weak_key("SECRET_KEY_FALLBACKS", _former_key)
ALLOWED_HOSTS = env.names(
    "ALLOWED_HOSTS", [urlsplit(PUBLIC_URL).hostname or "", "127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# A `__Host-` cookie is accepted from this host alone and over HTTPS alone, so no neighbour can plant one.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
KNOWN_BROWSER_COOKIE_NAME = f"{COOKIE_PREFIX}known_browser"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # so there is no cookie for them
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
env.refuse_removed(
    "BEHIND_PROXY", "Set TRUSTED_PROXIES to the addresses of your proxies, or leave both out without a proxy."
)
# A proxy on the same machine is trusted where there must be one, for this server does not speak TLS.
TRUSTED_PROXIES = read_trusted_proxies(
    env.names("TRUSTED_PROXIES", ["127.0.0.0/8", "::1", "unix"] if HTTPS else [])
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20  # a request's body; forms and their fields need far less
MAX_UPLOAD_BYTES = 33 * 2**20  # the body with a file of 32 MB that staff import

# Limits of the web server on a client (leaderboard/http_connection.py)
HEADER_TIMEOUT_S = env.integer("HEADER_TIMEOUT_S", 10, least=1)
BODY_TIMEOUT_S = env.integer("BODY_TIMEOUT_S", 30, least=1)
SEND_TIMEOUT_S = env.integer("SEND_TIMEOUT_S", 30, least=1)

SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_UNUSED_FEATURES = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
    *("otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access"),
    *("usb", "window-management", "xr-spatial-tracking"),
)
PERMISSIONS_POLICY: dict[str, list[str]] = {feature: [] for feature in _UNUSED_FEATURES} | {
    feature: ["self"] for feature in ("publickey-credentials-create", "publickey-credentials-get")
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Applications and middleware -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "leaderboard.apps.AuditedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "evals",
    "leaderboard",
    "worker",
]
MIDDLEWARE = [
    "leaderboard.client_address.ClientAddressMiddleware",
    "leaderboard.pages.query_parameters.QueryParametersMiddleware",
    "leaderboard.pages.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "leaderboard.resource_policy.CrossOriginResourcePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "leaderboard.accounts.sessions.AccountSessionMiddleware",
    "leaderboard.accounts.actors.ActorMiddleware",
    "leaderboard.request_size.RequestSizeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "leaderboard.read_limits.ReadLimitMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "leaderboard.staff_sessions.StaffSecondFactorMiddleware",
    "leaderboard.as_of.AsOfMiddleware",
    "leaderboard.pages.known_browsers.KnownBrowserMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "leaderboard.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "leaderboard" / "pages" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leaderboard.pages.context_processors.site",
            ],
            "libraries": {
                "accounts": "leaderboard.pages.templatetags.accounts",
                "notices": "leaderboard.pages.templatetags.notices",
                "pages": "leaderboard.pages.templatetags.labels",
                "numbers": "leaderboard.pages.templatetags.numbers",
                "comparisons": "leaderboard.pages.templatetags.comparisons",
            },
        },
    }
]

# Accounts ---------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "leaderboard.accounts.authentication.PasswordAuthentication",
]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "account", "pages:queue"
AXES_VERBOSE = False
AXES_HANDLER = "leaderboard.accounts.login_delays.LoginDelayHandler"
AXES_CLIENT_IP_CALLABLE = "leaderboard.client_address.network_address"
AXES_LOCKOUT_CALLABLE = "leaderboard.pages.views.accounts.refuse_login"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False

SIGN_UP = env.flag("SIGN_UP", True)
PASSWORD_HASHERS = [  # older hashes are replaced at the next login
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
# Limits of logged-in sessions are in leaderboard/accounts/sessions.py; other sessions hold unfinished logins.
SESSION_COOKIE_AGE = 24 * 60 * 60
ACCOUNT_SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "leaderboard.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # for who signed up: leaderboard/accounts/sign_up.py
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser of the sign-up only
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # within five minutes before a sensitive action
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")  # or a provider; a code by mail needs no second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Lagline] "
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = (
    False  # leaderboard/accounts/login_delays.py limits guesses, without Redis
)
ACCOUNT_FORMS = {
    "signup": "leaderboard.pages.account_forms.SignUpForm",
    "add_email": "leaderboard.accounts.forms.AddAddressForm",
    "login": "leaderboard.accounts.forms.LoginForm",
    "change_password": "leaderboard.accounts.forms.ChangePasswordForm",
    "set_password": "leaderboard.accounts.forms.SetPasswordForm",
    "reset_password": "leaderboard.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "leaderboard.accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "leaderboard.accounts.forms.ReauthenticateForm",
}
SIGN_IN_PROVIDERS = read_sign_in_providers(env, env.names("SIGN_IN_PROVIDERS", []))
SOCIALACCOUNT_ADAPTER = "leaderboard.accounts.providers.adapter.ProviderAdapter"
SOCIALACCOUNT_FORMS = {"signup": "leaderboard.pages.account_forms.ProviderSignUpForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # people choose their user name
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address that a provider names opens no account
MFA_ADAPTER = "leaderboard.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "leaderboard.accounts.forms.SecondFactorForm",
    "reauthenticate": "leaderboard.accounts.forms.RepeatedSecondFactorForm",
    "activate_totp": "leaderboard.accounts.forms.ActivateTotpForm",
    "add_webauthn": "leaderboard.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "leaderboard.accounts.forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = (
    True  # who signed up has confirmed an address, and operators create accounts without one
)
MFA_TOTP_ISSUER = "Lagline"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (
    not HTTPS
)  # for http://localhost; browsers refuse every other http address

EMAIL_URL = env.url("EMAIL_URL", "consolemail://", schemes=EMAIL_SCHEMES)
globals().update(read_email_url(EMAIL_URL))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"lagline@{urlsplit(PUBLIC_URL).hostname}")
EMAIL_TIMEOUT = 10

# Whom requests about the content reach: an e-mail address or an address on the web.
OPERATOR_CONTACT = env.contact("OPERATOR_CONTACT")

# Database, cache, storage and files ------------------------------------------------------------------------

SQLITE_URL = f"sqlite:///{DATA_DIR / 'lagline.sqlite3'}"
DATABASES = {
    "default": env.database("DATABASE_URL", SQLITE_URL, schemes={"sqlite", "postgres", "postgresql"})
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
    create_private_file(Path(DATABASES["default"]["NAME"]))  # SQLite gives its -wal and -shm the same mode
else:
    # A network that swallows packets: a thread gives up the server rather than wait for TCP to notice.
    patience_s = env.integer("DATABASE_TIMEOUT_S", 0)  # leaderboard/server.py sets it for the web server
    DATABASES["default"] |= {
        "ENGINE": "leaderboard.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 2,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            **(
                {"wait_s": patience_s, "options": f"-c statement_timeout={patience_s}s"} if patience_s else {}
            ),
            **DATABASES["default"].get("OPTIONS", {}),
        },
    }

REDIS_EMBEDDED = not env.text("REDIS_URL", "")
REDIS_URL = env.url("REDIS_URL", f"unix://{embedded_socket(DATA_DIR)}", schemes={"redis", "rediss", "unix"})
PAGE_CACHES = {"pages": 500, "other_pages": 300}  # the most entries of each
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "json",
        "OPTIONS": {
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
            "retry": Retry(NoBackoff(), 0),
            "serializer": "leaderboard.cache_serializer.JSONSerializer",  # Django's own unpickles
        },
    },
    # The cache of public pages is in each web process: no page waits for Redis, or fails with it, and nobody
    # else can write what is unpickled there. The first part has room for every page of a fixed address; the
    # second drops the page that was read longest ago.
    **{
        part: {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": part,
            "OPTIONS": {"MAX_ENTRIES": most},
        }
        for part, most in PAGE_CACHES.items()
    },
}
PAGE_SECONDS = 60  # a new estimate appears on the pages at most this much later

JOURNAL_DIR = Path(env.text("JOURNAL_DIR", str(DATA_DIR / "journals")))
STORAGE_URL = env.url("STORAGE_URL", f"file://{DATA_DIR / 'files'}", schemes={"file", "s3"})
if STORAGE_URL.startswith("s3://"):
    _s3_keys = {  # without keys, by the machine's role
        "access_key": env.text("AWS_ACCESS_KEY_ID", ""),
        "secret_key": env.text("AWS_SECRET_ACCESS_KEY", ""),
        "security_token": env.text("AWS_SESSION_TOKEN", ""),
    }
    _default_storage = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": urlsplit(STORAGE_URL).netloc,
            "location": urlsplit(STORAGE_URL).path.lstrip("/"),
            **{option: key for option, key in _s3_keys.items() if key},
        },
    }
else:
    _default_storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": urlsplit(STORAGE_URL).path,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
OTHER_DATA = [JOURNAL_DIR]  # besides DATA_DIR, what only this service's user may read
if STORAGE_URL.startswith("file://"):
    OTHER_DATA.append(Path(urlsplit(STORAGE_URL).path))
STORAGES = {
    "default": _default_storage,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
BUILT_ASSETS = BASE_DIR / "build" / "assets"  # written by `manage.py build_assets`; pages work without it
STATICFILES_DIRS = [BASE_DIR / "leaderboard" / "pages" / "static"]
STATICFILES_DIRS += [BUILT_ASSETS] if BUILT_ASSETS.is_dir() else []

# Keys of providers, by the name that an endpoint gives. Only a process that calls has and reads them.
CREDENTIALS = env.named("CREDENTIAL_")
# Origins inside our own network, such as http://10.0.0.5:8000, at which owners may register endpoints.
INTERNAL_ENDPOINT_ORIGINS = env.names("INTERNAL_ENDPOINT_ORIGINS", [])
# Resolvers that are asked for the proofs of organisations; none: those of the host's /etc/resolv.conf.
DNS_RESOLVERS = env.servers("DNS_RESOLVERS", default_port=53)
SYNC_IMPORTS = env.text("SYNC_IMPORTS", "off")
if SYNC_IMPORTS not in ("off", "propose", "apply"):
    raise ImproperlyConfigured(f"SYNC_IMPORTS is {SYNC_IMPORTS!r}; it must be off, propose or apply.")
CODE_VERSION = env.text("CODE_VERSION", "")

# Hosts, with ports, to which webhooks may be sent though they are inside or without https.
WEBHOOK_ALLOWED_HOSTS = env.names("WEBHOOK_ALLOWED_HOSTS", [])

# Exports are signed if there is a key, and kept for some days.
EXPORT_SIGNING_KEY = SimpleLazyObject(lambda: env.text("EXPORT_SIGNING_KEY", ""))  # read when it signs
EXPORT_DAYS = env.integer("EXPORT_DAYS", 30, least=1)
NOTICE_DAYS = env.integer("NOTICE_DAYS", 365, least=1)  # events of owners and topics
DELIVERY_DAYS = env.integer("DELIVERY_DAYS", 30, least=1)  # deliveries of webhooks, and what was mailed
COMPARISON_DAYS = env.integer("COMPARISON_DAYS", 30, least=1)  # a requested one without a permanent link
RUN_MODEL_CODE = env.flag("RUN_MODEL_CODE", False)  # in the sandbox, for tasks such as humaneval

# Celery: the database is the queue, Redis carries wake-ups --------------------------------------------------

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
# Long computations have a queue of their own, so that a worker without it serves runs only.
CELERY_TASK_ROUTES = {
    f"worker.{job}": {"queue": "board"}
    for job in (
        *("publish", "draw", "answer", "nightly", "export", "sync_imports", "renew_fresh", "notify"),
        *("keys", "check_claims"),
    )
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a full Redis refuses commands, and the worker waits for room
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Time, languages, logs -------------------------------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("vi", "Tiếng Việt")]  # each named in itself
FORMAT_MODULE_PATH = "leaderboard.formats"
LOCALE_PATHS = [BASE_DIR / "leaderboard" / "locale"]

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(f"LOG_LEVEL is {LOG_LEVEL!r}; it must be DEBUG, INFO, WARNING or ERROR.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "leaderboard.error_reports.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # It logs each login with its path, which for a confirmed address is the link of the mail.
    "loggers": {"axes": {"level": "WARNING"}},
}

# Reads ---------------------------------------------------------------------------------------------------

# What an address may read without an account, in units of leaderboard/read_limits.py: most pages cost four.
READ_RATE = env.rate("READ_RATE", "4000/min")

# Submissions -----------------------------------------------------------------------------------------------

# What an owner's calls to the operator's endpoints may cost without an approval, unless a cap of their own
# is set; off: no cap.
SPENDING_CAPS = {
    "usd_per_day": env.amount("SPENDING_CAP_USD_PER_DAY", "0"),
    "usd_per_month": env.amount("SPENDING_CAP_USD_PER_MONTH", "0"),
    "calls_per_day": env.amount("SPENDING_CAP_CALLS_PER_DAY", "0"),
    "calls_per_month": env.amount("SPENDING_CAP_CALLS_PER_MONTH", "0"),
}
# Of an owner: submissions that are open at once, and new ones in 24 hours.
OPEN_SUBMISSIONS = env.integer("OPEN_SUBMISSIONS", 20, least=1)
SUBMISSIONS_PER_DAY = env.integer("SUBMISSIONS_PER_DAY", 50, least=1)

# API -------------------------------------------------------------------------------------------------------

API_POST_RATE = env.text("API_POST_RATE", "60/min")
if not re.fullmatch(r"[1-9]\d*/(sec|min|hour|day)", API_POST_RATE):
    raise ImproperlyConfigured(
        f"API_POST_RATE is {API_POST_RATE!r}; it must be writes per sec, min, hour or day: 60/min."
    )
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "leaderboard.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["leaderboard.api.parsers.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "leaderboard.api.formats.FormatNegotiation",
    "EXCEPTION_HANDLER": "leaderboard.api.errors.answer_refusal",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lagline",
    "DESCRIPTION": "How many months apart Chinese and US AI models are: on what, and is it shrinking.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "SubmissionState": "evals.models.submissions.SubmissionState",
        "RunState": "evals.models.runs.RunState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "leaderboard.api.schema_hooks.with_as_of",
        "leaderboard.api.schema_hooks.with_errors",
        "leaderboard.api.schema_hooks.with_headers",
        "leaderboard.api.schema_hooks.with_strict_bodies",
        "leaderboard.api.schema_hooks.with_examples",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]
