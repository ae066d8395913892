"""A token for an agent, and a browser that is signed in."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from tests.support.running import ROOT, Run, browser, redeem, wait_for


def sign_in(run: Run) -> str:
    """The session's cookie."""
    visitor: Any = browser()
    wait_for(lambda: redeem(visitor, run.link())[0] in (200, 410))
    jar = next(handler.cookiejar for handler in visitor.handlers if hasattr(handler, "cookiejar"))
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def make_token(run: Run, name: str) -> str:
    command = [sys.executable, "manage.py", "token", name]
    return subprocess.run(
        command, cwd=ROOT, env=run.environ, capture_output=True, text=True, check=True
    ).stdout.strip()
