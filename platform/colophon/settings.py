"""Settings, all of them from the environment; the README's table says what each is for.

Everything Colophon keeps is in one state folder, `COLOPHON_HOME`. `make up` sets the addresses of the embedded
parts; in production the same variables point at real ones.
"""

import json
from pathlib import Path
from typing import Any

import dj_database_url
from environs import Env

from api.openapi_parts import DESCRIPTION as API_DESCRIPTION
from colophon.secrets import read_or_create_secret
from colophon.unfold import PANEL
from minting.chains import parse_chains

BASE_DIR = Path(__file__).resolve().parents[2]

env = Env()

COLOPHON_HOME = Path(env.str("COLOPHON_HOME", "") or BASE_DIR / "var").resolve()
KEYS_DIR = COLOPHON_HOME / "keys"
# Where `make up` runs the database, Redis and the chain right now, for commands typed by hand beside it.
if (COLOPHON_HOME / "running.env").exists():
    env.read_env(str(COLOPHON_HOME / "running.env"), recurse=False)

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or read_or_create_secret(KEYS_DIR / "django_secret_key")
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [SITE_URL])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "api",
    "webhooks",
    "accounts",
    "generation",
    "minting",
    "curation",
    "verification",
    "colophon",
]

MIDDLEWARE = [
    # First, so that what any other refuses under /api/ has the API's error shape too.
    "api.middleware.api_responses",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "colophon.middleware.ContentSecurityPolicyMiddleware",
    "colophon.middleware.AddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "colophon.urls"
ASGI_APPLICATION = "colophon.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# A pool in the web process: live pages would otherwise hold a connection each. In seconds: how long a request waits
# for one, and how long one is tried for before the next request starts anew (pauses between tries double, so a
# database that was away for a minute would be found after another minute).
DATABASE_URL = env.str("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/colophon")
DATABASE_POOL = {"min_size": 1, "max_size": 12, "timeout": 10, "reconnect_timeout": 5}
DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(DATABASE_URL),
        "OPTIONS": {"pool": DATABASE_POOL} if env.bool("DATABASE_POOL", False) else {},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "generation:home"
LOGOUT_REDIRECT_URL = "generation:home"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A Redis that hangs must not hold up a request.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

CELERY_BROKER_URL = REDIS_URL
# Who sends a wake-up must not wait for a Redis that is away (the default: 6 s). Workers retry by rules of their own.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "socket_connect_timeout": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "chain"
CELERY_TASK_ROUTES = {"generation.run_waiting_jobs": {"queue": "generation"}}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_BEAT_SCHEDULE = {
    "take back what dead workers held": {
        "task": "generation.recover_lost_jobs",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "cancel what is overdue": {"task": "generation.cancel_overdue_jobs", "schedule": 1.0, "options": {"expires": 2}},
    # A painter at work looks for the next job by itself, so the calls it sleeps through need not pile up.
    "wake the painters": {"task": "generation.run_waiting_jobs", "schedule": 10.0, "options": {"expires": 10}},
    "compare new works": {"task": "generation.compare_works", "schedule": 10.0, "options": {"expires": 10}},
    "drop old latents": {"task": "generation.drop_old_latents", "schedule": 600.0, "options": {"expires": 600}},
    "pin files": {"task": "generation.pin_files", "schedule": 10.0, "options": {"expires": 10}},
    "ask for time-stamps": {"task": "generation.ask_for_stamps", "schedule": 10.0, "options": {"expires": 10}},
    "drive transactions": {"task": "minting.drive", "schedule": 2.0, "options": {"expires": 4}},
    "read the chains' logs": {"task": "minting.follow_chains", "schedule": 2.0, "options": {"expires": 4}},
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = COLOPHON_HOME / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/noble-hashes", BASE_DIR / "node_modules/@noble/hashes"),
    ("vendor/noble-secp256k1", BASE_DIR / "node_modules/@noble/secp256k1"),
    ("fonts/newsreader", BASE_DIR / "node_modules/@fontsource-variable/newsreader/files"),
    ("fonts/instrument-sans", BASE_DIR / "node_modules/@fontsource-variable/instrument-sans/files"),
    ("fonts/jetbrains-mono", BASE_DIR / "node_modules/@fontsource-variable/jetbrains-mono/files"),
    ("htmx", BASE_DIR / "node_modules/htmx.org/dist"),
]
MEDIA_ROOT = COLOPHON_HOME / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "generation.file_storage.AtomicFileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "colophon.uploads.NamelessFileUploadHandler",
]
VERIFY_UPLOAD_MAX_BYTES = env.int("VERIFY_UPLOAD_MAX_BYTES", 26_214_400)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.ApiKeyAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JsonParser"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.Reads"],
    "DEFAULT_SCHEMA_CLASS": "api.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "api.problems.problem_response",
}
# Requests a caller may send, and in how many seconds.
API_RATE_LIMITS = {
    "read": (env.int("API_READS_PER_MINUTE", 600), 60),
    "write": (env.int("API_WRITES_PER_MINUTE", 60), 60),
    "sign-in": (env.int("API_SIGN_INS_PER_MINUTE", 30), 60),
    "password": (env.int("PASSWORDS_PER_FIVE_MINUTES", 10), 300),
    "password-anywhere": (env.int("PASSWORDS_PER_FIVE_MINUTES", 10) * 10, 300),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Colophon",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVERS": [{"url": SITE_URL}],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.openapi.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStatus": "generation.models.Job.Status",
        "JobMode": "generation.models.Job.Mode",
        "JobPurpose": "generation.models.Job.Purpose",
        "RerunKind": "generation.models.Rerun.Kind",
        "RerunResult": "generation.models.RerunRecord.Result",
        "ParentRole": "generation.models.WorkParent.Role",
        "ReviewState": "generation.models.Work.Review",
        "PinState": "generation.models.Pin.State",
        "PictureFormat": "generation.models.Job.Format",
        "CollectionStatus": "minting.models.Collection.Status",
        "MintStatus": "minting.models.Mint.Status",
        "TransactionStatus": "minting.models.Transaction.Status",
        "Scope": "api.models.Scope",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Generation. Each model is a folder or a hub id; the first is the default.
GENERATION_MODELS: list[dict[str, Any]] = json.loads(env.str("GENERATION_MODELS", "[]"))
GENERATION_ADAPTERS: list[dict[str, Any]] = json.loads(env.str("GENERATION_ADAPTERS", "[]"))
# Bytes that the weights of all loaded models may take together, in each worker; 0: six tenths of the device's memory.
MODEL_MEMORY_BUDGET = env.int("MODEL_MEMORY_BUDGET", 0)
SOURCE_IMAGE_MAX_BYTES = env.int("SOURCE_IMAGE_MAX_BYTES", 20_971_520)
SOURCE_IMAGES_PER_PERSON = env.int("SOURCE_IMAGES_PER_PERSON", 500)
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", 30)
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", 3)
# The queue: from when on a wait counts whatever the class, and how far a claim may look past whoever is next.
QUEUE_AGEING_SECONDS = env.int("QUEUE_AGEING_SECONDS", 60)
QUEUE_LOOK_AHEAD = env.int("QUEUE_LOOK_AHEAD", 32)
QUEUE_MAX_PASSES = env.int("QUEUE_MAX_PASSES", 8)
# What one person, and one key, may ask for unless the admin panel allows otherwise. 0: as much as wished.
JOBS_IN_FLIGHT_PER_PERSON = env.int("JOBS_IN_FLIGHT_PER_PERSON", 20)
PICTURES_PER_DAY_PER_PERSON = env.int("PICTURES_PER_DAY_PER_PERSON", 2000)
PICTURE_STEPS_PER_DAY_PER_PERSON = env.int("PICTURE_STEPS_PER_DAY_PER_PERSON", 0)
JOBS_IN_FLIGHT_PER_KEY = env.int("JOBS_IN_FLIGHT_PER_KEY", 0)
PICTURES_PER_DAY_PER_KEY = env.int("PICTURES_PER_DAY_PER_KEY", 0)
PICTURE_STEPS_PER_DAY_PER_KEY = env.int("PICTURE_STEPS_PER_DAY_PER_KEY", 0)
# Slugs of the models that a worker started with these settings draws; none: all.
WORKER_MODELS: list[str] = env.list("WORKER_MODELS", [])
# Latents of works, kept for audits: for how long (0: never), of one picture, and of all together.
TRAJECTORY_DAYS = env.int("TRAJECTORY_DAYS", 30)
TRAJECTORY_MAX_BYTES = env.int("TRAJECTORY_MAX_BYTES", 67_108_864)
TRAJECTORY_BUDGET_BYTES = env.int("TRAJECTORY_BUDGET_BYTES", 10_737_418_240)
# What follows changes pixels, so each picture's recipe names it (law 9). 0 threads: as many as there are cores.
TORCH_DEVICE = env.str("TORCH_DEVICE", "auto")
TORCH_DTYPE = env.str("TORCH_DTYPE", "auto")
TORCH_THREADS = env.int("TORCH_THREADS", 0)
BATCH_SLOTS = env.int("BATCH_SLOTS", 0)
# Who publishes what a worker draws: a process beside it ("process"), or a thread of its own process ("thread").
PUBLISHER = env.str("PUBLISHER", "process")
PUBLISHER_NICENESS = env.int("PUBLISHER_NICENESS", 5)

COLLECTIONS_PER_PERSON = env.int("COLLECTIONS_PER_PERSON", 10)
# Provenance and minting. Keys are made on first start, mode 0600, unless configured.
ATTESTER_KEY_FILE = Path(env.str("ATTESTER_KEY_FILE", str(KEYS_DIR / "attester.key")))
SIGNER_KEY_FILE = Path(env.str("SIGNER_KEY_FILE", str(KEYS_DIR / "signer.key")))
C2PA_DIR = Path(env.str("C2PA_DIR", str(KEYS_DIR / "c2pa")))
C2PA_SIGN_FUNCTION = env.str("C2PA_SIGN_FUNCTION", "")
C2PA_TSA_URL = env.str("C2PA_TSA_URL", "")
C2PA_TSA_ROOTS = env.str("C2PA_TSA_ROOTS", "")
C2PA_TSA_SECONDS = env.float("C2PA_TSA_SECONDS", 5.0)
WATERMARK_KEY_FILE = Path(env.str("WATERMARK_KEY_FILE", str(KEYS_DIR / "watermark.key")))
# IPFS: a Kubo node's RPC address, and gateways that pages link to (the CID is put at the end).
IPFS_API = env.str("IPFS_API", "").rstrip("/")
IPFS_GATEWAYS: list[str] = env.list("IPFS_GATEWAYS", [])
# Rows of 40 bytes that each process keeps to find look-alikes with, of whole pictures and of crops each.
LOOK_ALIKE_ROWS_IN_MEMORY = env.int("LOOK_ALIKE_ROWS_IN_MEMORY", 2_000_000)
CHAINS = parse_chains(env.str("CHAINS", "[]"))
# Who pays for mints; empty: the key file above. The first one deploys collections.
SIGNERS: list[dict[str, Any]] = json.loads(env.str("SIGNERS", "[]"))
# What relayed mints may use per day (UTC) and chain: mints, wei, for each person, each key and everybody together.
MINT_BUDGETS: dict[str, dict[str, int | str]] = json.loads(
    env.str("MINT_BUDGETS", '{"person": {"mints": 200}, "key": {}, "everybody": {"mints": 20000}}')
)

# The admin panel: from when on an operator is told that something waits.
STUCK_AFTER_MINUTES = env.int("STUCK_AFTER_MINUTES", 10)
UNFOLD = PANEL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

if not DEBUG:
    SECURE_CONTENT_TYPE_NOSNIFF = True
    SESSION_COOKIE_SECURE = SITE_URL.startswith("https://")
    CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE_URL.startswith("https://") else None
