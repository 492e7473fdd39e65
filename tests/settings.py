"""Settings of the tests: the demo's, in a folder of their own, on the database the run names.

CONFER_TEST_DATABASE_URL names the server; without it the tests use a SQLite file. No other setting
of the caller counts, so that a shell made for a real installation cannot be tested upon.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

# In memory where the system has a place for that: a test's data need not outlive a power cut.
_memory = Path("/dev/shm")  # noqa: S108 - Linux's own, and the folder in it is private
_folder = Path(tempfile.mkdtemp(prefix="confer-test-", dir=_memory if _memory.is_dir() else None))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("CONFER_")]:
    if not _name.startswith("CONFER_TEST_"):
        del os.environ[_name]
os.environ["CONFER_MODE"] = "demo"
os.environ["CONFER_VAR_DIR"] = str(_folder)
os.environ["CONFER_SECRET_KEY"] = "only-for-tests-" + "0123456789abcdef" * 4
os.environ["CONFER_DATABASE_URL"] = os.environ.get(
    "CONFER_TEST_DATABASE_URL", f"sqlite:///{_folder / 'confer.sqlite3'}"
)

from config.settings import *

# The cheapest Argon2id that still is Argon2id; only these settings may go below the floor.
KEY_DERIVATION = {"time_cost": 1, "memory_kib": 1024, "lanes": 1}
ALLOW_WEAK_DERIVATION = True

# One name per checkout: two working copies may test on one server at the same time.
_checkout = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]
_database = DATABASES["default"]
if "sqlite" in _database["ENGINE"]:
    _database["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    # A test's data need not outlive a power cut.
    _database["OPTIONS"]["init_command"] = _database["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
else:
    _database["TEST"] = {"NAME": f"test_confer_{_checkout}"}

for _path in (DATA_DIR, STATIC_ROOT):
    _path.mkdir(parents=True, exist_ok=True)
# Pages name their style sheet without the manifest that collectstatic makes.
STATICFILES_DIRS = [_path for _path in [BASE_DIR / "var" / "static"] if _path.is_dir()]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
