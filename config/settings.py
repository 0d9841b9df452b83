"""
All settings, read from the environment once; a missing or wrong one stops the start with advice.

``docs/operations.md`` lists every variable; a test keeps that list complete. ``NAME_FILE`` may be given
instead of a secret ``NAME``: its content is read from that file (Docker and systemd secrets).
"""

import os
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import mode
from config.beat import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE
from config.beat import INDICATORS_EVERY as INDICATORS_EVERY
from config.description import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from config.mode import CATCH_UP, CLOCK_AHEAD, JIJIAN_MODE, LIVE_URL, TEST_URL  # noqa: F401
from config.rest_settings import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("JIJIAN_VAR", BASE_DIR / "var"))

env = environ.Env()
SECRETS = (
    "SECRET_KEY",
    "API_KEY_PEPPER",
    "WEBHOOK_SEAL_KEY",
    "LOG_SIGNING_KEY",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
)
for name in SECRETS:
    if os.environ.get(f"{name}_FILE"):
        os.environ[name] = os.environ.get(name) or Path(os.environ[f"{name}_FILE"]).read_text().strip()


def required(name: str) -> str:
    """Return the variable, or stop with a sentence that says what to do."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. `make run` sets it for you; for a server of your own see docs/operations.md."
        )
    return value


DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = required("SECRET_KEY")
API_KEY_PEPPER = env.str("API_KEY_PEPPER", default=SECRET_KEY)
WEBHOOK_SEAL_KEY = env.str("WEBHOOK_SEAL_KEY", default=API_KEY_PEPPER)  # seals the secrets of webhooks
WEBHOOK_LOCAL = env.bool("WEBHOOK_LOCAL", default=False)  # this machine and http, too: for trying out
LOG_SIGNING_KEY = env.str("LOG_SIGNING_KEY", default="")  # only workers need it, so only they should know it
# Who makes signatures under contracts now, and all that ever did and can check theirs (docs/contracts.md).
CONTRACT_SIGNER = "builtin"
CONTRACT_SIGNERS = {"builtin": "leasing.gateway.signers.BuiltIn"}
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Without a key Stripe is not offered; the key alone decides between its test mode and real money.
STRIPE_API_KEY = env.str("STRIPE_API_KEY", default="")
mode.no_real_money(STRIPE_API_KEY)
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_ADDRESS = env.str("STRIPE_ADDRESS", default="")  # of a stand-in; empty is Stripe itself
STRIPE_ENVIRONMENT = env.str("STRIPE_ENVIRONMENT", default="")
PROVIDER_EVENTS_DAYS = 29  # Stripe lists events for thirty
INSTANCE = env.str("INSTANCE", default="")

INSTALLED_APPS = [
    "marketplace",
    "devices",
    "devices.ownership",
    "leasing",
    "billing",
    "billing.payments",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "config.middleware.RequestId",
    "config.limits.Requests",
    "config.middleware.Mode",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicy",
    "config.middleware.NotKept",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.KnownLength",  # what they refuse is said in the reader's language
    "config.middleware.NoNul",
    "config.middleware.Slash",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.limits.RequestLimit",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.web.sign_ins.SeenSessions",
    "config.middleware.DomainErrors",
    "config.idempotency.IdempotencyKey",
    "config.objects.middleware.Objects",  # innermost: it calls views itself
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.shell",
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(required("DATABASE_URL"))}
# The application may not own its tables: with DATABASE_APP_ROLE it takes that role at each connection.
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="")
DATABASES["default"]["OPTIONS"] = {
    "options": "-c timezone=UTC" + (f" -c role={DATABASE_APP_ROLE}" if DATABASE_APP_ROLE else ""),
    "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 20},
}
if env.bool("DATABASE_NO_POOL", default=False):
    del DATABASES["default"]["OPTIONS"]["pool"]
DATABASE_PREPARED = not env.bool("DATABASE_NO_PREPARED", default=False)  # statements of ``shared.prepared``
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = required("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "config.caching.RedisCache",
        "LOCATION": env.str("CACHE_URL", default=REDIS_URL),
        "KEY_PREFIX": mode.NAMESPACE,
        # Nothing here is worth waiting for: pages go on without it. One try: a second would wait as long.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)},
    }
}
SESSION_ENGINE = "config.sessions"

AUTH_USER_MODEL = "marketplace.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "catalogue"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if env.bool("STATIC_HASHED", default=False):
    STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
MEDIA_ROOT = VAR_DIR / "media"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = mode.COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("HTTPS", default=False)
if env.bool("HTTPS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.authentication.ApiKeyAuthentication",
        "config.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["config.parsers.JSONBody"],
    "DEFAULT_PAGINATION_CLASS": "config.paging.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["config.paging.StrictFilters"],
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "EXCEPTION_HANDLER": "config.api.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": env.int("PROXIES", default=0),
}
# How fast one device may deliver (devices.rules.pace): readings a second for ever, and at once after a pause.
TELEMETRY_READINGS_PER_SECOND = env.int("TELEMETRY_READINGS_PER_SECOND", default=2000)
TELEMETRY_BURST = env.int("TELEMETRY_BURST", default=2_000_000)
if TELEMETRY_READINGS_PER_SECOND < 1 or TELEMETRY_BURST < 5000:
    raise ImproperlyConfigured(
        "TELEMETRY_READINGS_PER_SECOND must be 1 or more, TELEMETRY_BURST 5000 (one delivery) or more."
    )
COMPACT_AFTER = timedelta(hours=env.int("COMPACT_AFTER", default=24))
if COMPACT_AFTER.total_seconds() < 0:
    raise ImproperlyConfigured("COMPACT_AFTER must be 0 hours or more.")

# Where telemetry is stored, as notices and the register tell it: ISO 3166, with the province if wished.
DATA_PLACE = env.str("DATA_PLACE", default="CN")

# Who reads the data terms of an offer: a room above the marketplace (marketplace.actions.data_terms).
DATA_TERMS_RULES = "devices.ownership.rules.data_terms"
LATE_MACHINES = "leasing.queries.overdue.late_spans"  # asked by the devices, of whose time it is

# The least share of the platform in the price of a data product, in basis points.
DATA_PRODUCT_FEE = env.int("DATA_PRODUCT_FEE", default=500)

# Mail (marketplace.tasks): links begin with the address of the site.
# The demonstration keeps mails as files, and its pages say where; without it they go to the output.
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND", default=f"django.core.mail.backends.{'filebased' if DEMO else 'console'}.EmailBackend"
)
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", default=str(VAR_DIR / "mail"))
EMAIL_HOST, EMAIL_PORT = env.str("EMAIL_HOST", default="localhost"), env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="jijian@localhost")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

# So often within an hour may a reader be refused at a device until both sides are told.
DENIALS_AN_HOUR = env.int("DENIALS_AN_HOUR", default=20)

# When data of an agreement that is over go, and how both sides hear of it (devices.ownership.rules.duties).
DATA_ERASE_DAYS = env.int("DATA_ERASE_DAYS", default=30)
DATA_NOTICE_DAYS = env.int("DATA_NOTICE_DAYS", default=7)
DATA_POSTPONE_DAYS = env.int("DATA_POSTPONE_DAYS", default=30)
DATA_GRACE_DAYS = env.int("DATA_GRACE_DAYS", default=3)
DATA_PATIENCE_DAYS = env.int("DATA_PATIENCE_DAYS", default=4)
DATA_PAYMENT_DAYS = env.int("DATA_PAYMENT_DAYS", default=30)
EVIDENCE_KEEP_YEARS = env.int("EVIDENCE_KEEP_YEARS", default=30)
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=35)

# How many years after the last read of a year its readers' names are kept, if they ask that they go.
LOG_KEEP_YEARS = env.int("LOG_KEEP_YEARS", default=3)
if LOG_KEEP_YEARS < 3:
    raise ImproperlyConfigured("LOG_KEEP_YEARS must be 3 or more: the law demands the log of reads so long.")
if not (1 <= DATA_NOTICE_DAYS <= DATA_ERASE_DAYS <= 365 and 0 <= DATA_POSTPONE_DAYS <= 365):
    raise ImproperlyConfigured(
        "DATA_NOTICE_DAYS must be 1 or more, DATA_ERASE_DAYS between it and 365, DATA_POSTPONE_DAYS 0 to 365."
    )
if min(DATA_GRACE_DAYS, DATA_PATIENCE_DAYS) < 0 or BACKUP_KEEP_DAYS < 0 or EVIDENCE_KEEP_YEARS < 10:
    raise ImproperlyConfigured(
        "DATA_GRACE_DAYS, DATA_PATIENCE_DAYS and BACKUP_KEEP_DAYS must be 0 or more, "
        "EVIDENCE_KEEP_YEARS 10 or more."
    )

LEASES_BILLED_AT_ONCE = max(1, env.int("LEASES_BILLED_AT_ONCE", default=400))  # in one transaction

# How long after a period its bill may be objected to at the least, before it is issued.
OBJECTIONS_LEAST = timedelta(hours=max(0, env.int("OBJECTIONS_LEAST_HOURS", default=24)))

# How long a replaced version of a day stays on which nothing stands (billing.actions.superseded).
CORRECTIONS_LOOK_BACK = timedelta(days=env.int("CORRECTIONS_LOOK_BACK_DAYS", default=62))
CORRECTION_BRAKE = {  # a note above it waits for a person: minor units, and a share of what was billed
    "most_minor": env.int("CORRECTION_BRAKE_MINOR", default=1_000_000),
    "most_share": Fraction(env.int("CORRECTION_BRAKE_PERCENT", default=50), 100),
    "small_minor": env.int("CORRECTION_BRAKE_SMALL_MINOR", default=10_000),
}
SUPERSEDED_WINDOWS_KEPT = timedelta(hours=env.int("SUPERSEDED_WINDOWS_HOURS", default=48))

CELERY_BROKER_URL = env.str("BROKER_URL", default="")
if not CELERY_BROKER_URL:  # kombu spells a Redis socket in its own way
    path, _, query = REDIS_URL.removeprefix("unix://").partition("?")
    socket = f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or 0}"
    CELERY_BROKER_URL = socket if REDIS_URL.startswith("unix://") else REDIS_URL
CELERY_BEAT_SCHEDULER = "config.celery:BeatScheduler"
CELERY_TASK_DEFAULT_QUEUE = env.str("TASK_QUEUE", default=mode.NAMESPACE)
# Messages to others wait for others: they have a queue of their own, so that nothing else waits for them.
# Whoever names no queue works on both.
SENDING_QUEUE = f"{CELERY_TASK_DEFAULT_QUEUE}.webhooks"
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name) for name in (CELERY_TASK_DEFAULT_QUEUE, SENDING_QUEUE)
]
CELERY_TASK_ROUTES = {"marketplace.tasks.send_due": {"queue": SENDING_QUEUE}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
HEARTBEAT_DIR = Path(env.str("HEARTBEAT_DIR", default=str(VAR_DIR / "run")))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
