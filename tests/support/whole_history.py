"""What holds of every history, whatever its server went through."""

from __future__ import annotations

from tests.support.installation import Installation


def assert_whole(installation: Installation) -> None:
    """Nothing is broken, no frame is missing, no interval ends before it begins, and nothing lives twice."""
    if not installation.database:
        assert installation.rows("PRAGMA integrity_check") == [("ok",)]
    ((least, most, many),) = installation.rows("SELECT min(seq), max(seq), count(*) FROM inspector_snapshot")
    assert (least, most) == (1, many)
    assert installation.rows("SELECT count(*) FROM inspector_processinterval WHERE closed <= opened") == [(0,)]
    twice = (
        "SELECT boot, pid, start_ticks FROM inspector_processinterval WHERE closed IS NULL"
        " GROUP BY boot, pid, start_ticks HAVING count(*) > 1"
    )
    assert installation.rows(twice) == []
