"""The kernel reader of this machine, for tests that need one."""

from __future__ import annotations

import os

import pytest

from inspector.agent.collect.kernel.choice import open_kernel_reader
from inspector.agent.collect.kernel.reader import KernelReader
from inspector.errors import KernelReaderUnavailable


def kernel_reader() -> KernelReader:
    """A new one. Where this machine has none, the test is skipped, and fails where ``CI=true``."""
    try:
        return open_kernel_reader()
    except KernelReaderUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"this machine has no kernel reader: {error}")
