"""What ``manage.py check --tag server`` finds on a server that cannot do its work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.test import override_settings

from dashboard import checks
from dashboard.database_errors import Reason
from tests.support.running import ROOT

COLLECTED = {"staticfiles": {"BACKEND": "dashboard.assets.storage.ModuleStorage"}}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), Reason.DISK_FULL),
        (OSError(30, "Read-only file system"), Reason.UNWRITABLE),
        (psycopg.OperationalError("connection refused"), Reason.REFUSED),
        (psycopg.errors.DiskFull("could not extend file"), Reason.DATABASE_DISK_FULL),
    ],
)
def test_a_database_that_takes_nothing_is_an_error_with_its_reason(
    error: Exception, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(checks, "try_sqlite", fail)
    monkeypatch.setattr(checks, "try_postgresql", fail)
    (found,) = checks.check_database()
    assert (found.id, found.msg) == ("isoscope.E001", reason.value)
    assert found.is_serious() and str(error).split()[-1] in (found.hint or "")


def test_static_files_that_nobody_collected_are_a_warning_with_advice(tmp_path: Path) -> None:
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=COLLECTED):
        (found,) = checks.check_static_files()
    assert found.id == "isoscope.W008" and str(tmp_path) in found.msg
    assert "manage.py collectstatic" in (found.hint or "")


PRODUCTION = {
    "ISOSCOPE_TLS": "1",
    "ISOSCOPE_ALLOWED_HOSTS": "a.example",
    "ISOSCOPE_TRUSTED_ORIGINS": "https://a.example",
}


def test_the_documented_set_up_behind_a_proxy_leaves_nothing_to_warn_of(tmp_path: Path) -> None:
    environ = os.environ | PRODUCTION | {"ISOSCOPE_DATA": str(tmp_path), "ISOSCOPE_DEBUG": ""}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", "--tag", "security"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    plain = subprocess.run(command, cwd=ROOT, env=environ | {"ISOSCOPE_TLS": "0"}, capture_output=True, text=True)
    assert plain.returncode != 0 and "SSL" in plain.stderr
