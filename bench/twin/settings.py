"""Settings of the twins: what startproject writes, with guardian and auditlog as they advise.

BENCH_DATABASE_URL names a scratch database; the database's options are those of Confer, so that
both sides keep their data equally well. BENCH_PERMISSIONS is "generic" or "direct".
"""

import os

from config import environment as env

SECRET_KEY = "only-for-a-scratch-database"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
DIRECT = os.environ["BENCH_PERMISSIONS"] == "direct"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "auditlog",
    "bench",
    "bench.twin",
    *(["bench.twin.direct"] if DIRECT else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]
ROOT_URLCONF = "bench.twin.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# Tables straight from the models: apps with migrations could not be referred to by those without.
MIGRATION_MODULES = {name.rpartition(".")[2]: None for name in INSTALLED_APPS}
DATABASES = {"default": env.database("BENCH_DATABASE_URL", "")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "referral_list"
STATIC_URL = "static/"
USE_TZ = True
BENCH = {"fill": "bench.twin.fill.fill", "serve": "bench.twin.side.Twin"}
