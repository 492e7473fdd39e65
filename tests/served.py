"""Settings of the server that journeys talk to: the demo's, with the tests' cheap derivation."""

from config.settings import *

KEY_DERIVATION = {"time_cost": 1, "memory_kib": 1024, "lanes": 1}
ALLOW_WEAK_DERIVATION = True
# Many people of one journey sign in from one address within a minute.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "200/m/ip,100/5m/key"}
# Cache and mail as files, so that a journey can look into them from outside the server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
    }
}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
STATICFILES_DIRS = [_path for _path in [BASE_DIR / "var" / "static"] if _path.is_dir()]
