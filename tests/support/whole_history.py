"""What holds of every history, whatever its server went through."""

from __future__ import annotations

from tests.support.installation import Installation


def assert_whole(installation: Installation) -> None:
    """Nothing is broken, no frame is missing, no interval ends before it begins, and nothing lives twice.

    Frames that the agent left out to catch up are not missing: history says how many they are.
    """
    if not installation.database:
        assert installation.rows("PRAGMA integrity_check") == [("ok",)]
    rows = installation.rows("SELECT seq, thinned FROM inspector_snapshot ORDER BY seq")
    steps = zip([(0, 0), *rows], rows, strict=False)
    missing = [(before, after) for (before, _), (after, thinned) in steps if after - before != thinned + 1]
    assert not missing, f"frames are missing between {missing}"
    assert installation.rows("SELECT count(*) FROM inspector_processinterval WHERE closed <= opened") == [(0,)]
    twice = (
        "SELECT boot, pid, start_ticks FROM inspector_processinterval WHERE closed IS NULL"
        " GROUP BY boot, pid, start_ticks HAVING count(*) > 1"
    )
    assert installation.rows(twice) == []
