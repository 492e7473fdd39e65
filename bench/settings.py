"""Settings of Confer as it is measured: those of production, on a scratch database and keeper.

The bench sets BENCH_FOLDER and BENCH_DATABASE_URL; no other setting of the caller counts, so that
a shell made for a real installation cannot be measured, or filled, by accident.
"""

import os
import secrets
from pathlib import Path

_folder = Path(os.environ["BENCH_FOLDER"])
for _name in [name for name in os.environ if name.startswith("CONFER_")]:
    del os.environ[_name]
os.environ["CONFER_MODE"] = "production"
os.environ["CONFER_VAR_DIR"] = str(_folder)
os.environ["CONFER_SECRET_KEY"] = secrets.token_urlsafe(64)
os.environ["CONFER_DATABASE_URL"] = os.environ["BENCH_DATABASE_URL"]
os.environ["CONFER_KEEPER_COPY_PATH"] = str(_folder / "copy" / "keeper.sqlite3")
os.environ["CONFER_ALLOWED_HOSTS"] = "localhost"
os.environ["CONFER_BASE_URL"] = "https://localhost"
# The twins have no second factor either; what is measured begins after it.
os.environ["CONFER_SECOND_FACTOR"] = "none"

from config.settings import *

INSTALLED_APPS += ["bench"]
# Pages name their style sheet without the manifest that collectstatic makes; the twins do so too.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATICFILES_DIRS = []
RECOVERY_REQUIRED = False
STATIC_ROOT.mkdir(exist_ok=True)
LOGGING = {**LOGGING, "root": {"handlers": ["console"], "level": "ERROR"}}
BENCH = {
    "fill": "bench.confer.fill.fill",
    "serve": "bench.confer.side.Confer",
    "keys": "bench.confer.keys.measure_keys",
}
