"""Settings of Confer: one file, every value from the environment or stated here."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = env.choice("CONFER_MODE", ("demo", "production"), "production")
DEMO = MODE == "demo"
VAR_DIR = Path(env.text("CONFER_VAR_DIR", str(BASE_DIR / "var")))
DATA_DIR = VAR_DIR / "demo" if DEMO else VAR_DIR

DEBUG = False
SECRET_KEY = env.text("CONFER_SECRET_KEY")
ALLOWED_HOSTS = env.listing("CONFER_ALLOWED_HOSTS", "localhost,127.0.0.1" if DEMO else "")
BASE_URL = env.text("CONFER_BASE_URL", "http://localhost:8000" if DEMO else "https://localhost")
SECURE_TRANSPORT = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "auditlog",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "audit",
    "accounts",
    "casework",
    "api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.PrivacyHeadersMiddleware",
    "api.middleware.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "audit.middleware.RecordMiddleware",
    "casework.middleware.RefuseUploadsMiddleware",
    "accounts.middleware.DoorMiddleware",
    "casework.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "accounts.context_processors.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": env.database("CONFER_DATABASE_URL", f"sqlite:///{DATA_DIR / 'confer.sqlite3'}")
}
CACHES = {"default": env.cache("CONFER_CACHE_URL", "locmem://")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The keeper holds the second lock of every item and the pepper; it lies apart from the database.
KEEPER_PATH = Path(env.text("CONFER_KEEPER_PATH", str(DATA_DIR / "keeper" / "keeper.sqlite3")))
KEEPER_COPY_PATH = env.text("CONFER_KEEPER_COPY_PATH", "")

# Argon2id after RFC 9106, second recommended option; a start with less is refused.
KEY_DERIVATION = {"time_cost": 3, "memory_kib": 65_536, "lanes": 4}
ALLOW_WEAK_DERIVATION = False

# The first referral waits until recovery keys exist and were tried; the demo makes its own.
RECOVERY_REQUIRED = not DEMO

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PassphraseBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = []
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,8/5m/key",
    "passkey_options": "60/m/ip",
}
# How long the second factor may take after the phrase; the key that waits for it goes then too.
ACCOUNT_LOGIN_TIMEOUT = 5 * 60

MFA_ADAPTER = "accounts.factors.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1
# Who must give a second factor: everybody who may read what others wrote, all, or nobody.
SECOND_FACTOR = env.choice(
    "CONFER_SECOND_FACTOR", ("readers", "all", "none"), "none" if DEMO else "readers"
)

ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

AUDITLOG_LOGENTRY_MODEL = "audit.HistoryEntry"
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_CID_GETTER = "audit.context.correlation_id"
AUDITLOG_MASK_CALLABLE = "audit.tracked.mask"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "confer_session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # like the others it ends with the browser
CSRF_FAILURE_VIEW = "casework.views.errors.csrf_failure"
# Chromium refuses the prefix without Secure, so on loopback http the name carries none.
KEY_COOKIE_NAME = "__Host-confer_key" if SECURE_TRANSPORT else "confer_key"
PENDING_COOKIE_NAME = "__Host-confer_pending" if SECURE_TRANSPORT else "confer_pending"
KEY_IDLE_MINUTES = 60
SHARED_IDLE_MINUTES = 5  # on a computer that others use too

SECURE_CONTENT_TYPE_NOSNIFF = True
# Under "no-referrer" a browser sends "Origin: null" with forms, and each would be refused.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE_TRANSPORT
# Only where a proxy in front ends TLS and always sets this header itself.
if env.choice("CONFER_BEHIND_TLS_PROXY", ("no", "yes"), "no") == "yes":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_TRANSPORT else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Uploads are refused before they are parsed; should one ever get through, it stays off the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("CONFER_TIME_ZONE", "Europe/Paris")

# The library's own history table would stand empty beside ours, without triggers.
MIGRATION_MODULES = {"auditlog": None}
# guardian.W001: its backend answers has_perm, which nobody may ask here. auth.W004 and auth.E003:
# the e-mail is unique whatever its case, by a constraint over Lower("email").
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "auth.W004", "auth.E003"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "collected"
STATICFILES_DIRS = [VAR_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.errors.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Confer",
    "VERSION": "1",
    "SERVE_PUBLIC": False,
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"YesNoEnum": "casework.forms.closed_lists.YesNo"},
}

# Mail leaves by a server, as files in the demo, or not at all: then pages show what it would say.
_mail = env.mail("CONFER_EMAIL_URL", "")
MAIL_BY = "files" if DEMO else "server" if _mail else "nobody"
EMAIL_BACKEND = {
    "server": "django.core.mail.backends.smtp.EmailBackend",
    "files": "django.core.mail.backends.filebased.EmailBackend",
    "nobody": "django.core.mail.backends.dummy.EmailBackend",
}[MAIL_BY]
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = _mail.get("host", "")
EMAIL_PORT = _mail.get("port", 0)
EMAIL_HOST_USER = _mail.get("user", "")
EMAIL_HOST_PASSWORD = _mail.get("password", "")
EMAIL_USE_TLS = _mail.get("starttls", False)
EMAIL_USE_SSL = _mail.get("tls", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("CONFER_EMAIL_FROM", "")

CITY_NAME = env.text("CONFER_CITY_NAME", "Rivenne" if DEMO else "")
BRAND_COLOUR = env.text("CONFER_BRAND_COLOUR", "#1d5c63")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_content": {"()": "config.logs.NoContentFilter"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["no_content"],
            "formatter": "plain",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}
