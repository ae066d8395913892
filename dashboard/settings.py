"""Django settings. What an installation may choose comes from ``ISOSCOPE_*``; see ``docs/configuration.md``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dashboard.accounts.secrets import read_secret_key
from dashboard.config.databases import read_channel_layer, read_database
from dashboard.config.environment import (
    data_folder,
    read_address,
    read_bool,
    read_choice,
    read_folder,
    read_list,
    read_mail_server,
    read_mask,
    read_networks,
    read_number,
    read_origins,
    read_policy,
    read_secret,
    read_size,
    read_text,
    refuse_unknown,
)
from dashboard.config.logs import LINE, LOGS, JsonFormatter, LineFormatter, keep_one_line, keep_reason
from inspector.agent.collect.readers import CHOICES
from inspector.history.retention.policy import DEFAULT

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = read_folder("ISOSCOPE_DATA", data_folder(BASE_DIR))
TESTING = "pytest" in sys.modules

DEBUG = read_bool("ISOSCOPE_DEBUG", False)
SECRET_KEY = read_text("ISOSCOPE_SECRET_KEY", "") or read_secret_key(DATA_DIR)
PUBLIC = read_address("ISOSCOPE_URL")  # where people reach the server; None: where it listens
PUBLIC_HOST, PUBLIC_ORIGIN = ([PUBLIC.host], [PUBLIC.origin]) if PUBLIC else ([], [])
FORCE_SCRIPT_NAME = PUBLIC.path or None if PUBLIC else None
BASE_PATH = f"{FORCE_SCRIPT_NAME or ''}/"
ALLOWED_HOSTS = read_list("ISOSCOPE_ALLOWED_HOSTS", [*PUBLIC_HOST, "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = read_origins("ISOSCOPE_TRUSTED_ORIGINS") or PUBLIC_ORIGIN

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "inspector",
    "dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.assets.serve.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.accounts.pauses.Pauses",
    "dashboard.api.still_allowed.AskAgain",
]

ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
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

DATABASES = {"default": read_database(read_text("ISOSCOPE_DATABASE_URL", ""), DATA_DIR / "isoscope.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": read_channel_layer(read_text("ISOSCOPE_REDIS_URL", ""))}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "page"
LOGOUT_REDIRECT_URL = "sign-in"

SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": SELF,
        "script-src": SELF,
        "worker-src": SELF,
        "style-src": SELF,
        "connect-src": SELF,
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": SELF,
        "frame-ancestors": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "dashboard.views.csrf_failed"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
BEHIND_TLS = read_bool("ISOSCOPE_TLS", bool(PUBLIC and PUBLIC.scheme == "https"))  # a proxy in front speaks HTTPS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = BASE_PATH
SESSION_COOKIE_NAME = "isoscope_session"
SESSION_COOKIE_AGE = int(read_number("ISOSCOPE_SESSION_HOURS", 12, 0.1, 24 * 90) * 3600)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = int(read_number("ISOSCOPE_HSTS_DAYS", 365.0, 0.0, 3650.0) * 86400) if BEHIND_TLS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS of other names is for the owner of the domain
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = f"{BASE_PATH}static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "dashboard.assets.storage.ModuleStorage"
    },
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG

LOG = read_choice("ISOSCOPE_LOG", LOGS, "line")  # how a line of the log is written
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": LineFormatter, "format": LINE, "style": "{"},
        "json": {"()": JsonFormatter},
    },
    "filters": {
        "one-line": {"()": "django.utils.log.CallbackFilter", "callback": keep_one_line},
        "reason": {"()": "django.utils.log.CallbackFilter", "callback": keep_reason},
    },
    "handlers": {"stderr": {"class": "dashboard.config.logs.StderrHandler", "formatter": LOG}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "isoscope": {"level": "INFO"},
        "django.request": {"level": "ERROR", "filters": ["reason"]},
        "django.security.DisallowedHost": {"filters": ["one-line"]},
    },
}

METRICS_TOKEN = read_secret("ISOSCOPE_METRICS_TOKEN")  # who may read /metrics; empty: loopback alone
METRICS_CONTAINERS = int(read_number("ISOSCOPE_METRICS_CONTAINERS", 20_000, 0, 1_000_000))  # series of at most these

KEEP = read_policy("ISOSCOPE_KEEP", DEFAULT)  # how long history is kept
KEEP_BYTES = read_size("ISOSCOPE_KEEP_BYTES", 0)  # bytes it may take; 0: no limit
ALERT_NETWORKS = read_networks("ISOSCOPE_ALERT_NETWORKS")  # of this network that messages of alerts may go to
(EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL) = read_mail_server(
    "ISOSCOPE_SMTP_URL"
)
DEFAULT_FROM_EMAIL = read_text("ISOSCOPE_MAIL_FROM", "isoscope@localhost")
KEEP_AUDIT_DAYS = read_number("ISOSCOPE_KEEP_AUDIT", 400.0, 1.0, 36500.0)  # how long the audit log is kept
KEEP_EVERY = read_number("ISOSCOPE_KEEP_EVERY", 10.0, 0.05, 1440.0) * 60  # seconds between two rounds
IMPORT_BYTES = read_size("ISOSCOPE_IMPORT_BYTES", 256 * 2**20)  # the largest file that can be imported on the page
READER = read_choice("ISOSCOPE_READER", CHOICES, "auto")  # how processes are read
MEASURE_INTERVAL = read_number("ISOSCOPE_MEASURE_INTERVAL", 3.0, 1.0, 3600.0)  # seconds between readings of usage
SCAN_INTERVAL = read_number("ISOSCOPE_INTERVAL", 5.0, 0.5, 3600.0)  # seconds between an agent's heartbeats
FULL_SCAN = read_number("ISOSCOPE_FULL_SCAN", 30.0, 0.5, 3600.0)  # between full scans, with events in between
PASS = read_number("ISOSCOPE_PASS", 1.0, 0.5, 3600.0)  # between passes, which find what no event tells
MASK = read_mask("ISOSCOPE_MASK")  # what a team takes for secrets, besides what is known of everyday tools

refuse_unknown(os.environ)
