"""Commands run as a shell would run them."""

from __future__ import annotations

import io

from django.core.management import call_command


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status and output of the command, as the shell would give them."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()
