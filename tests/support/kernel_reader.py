"""The kernel reader of this machine, for tests that need one."""

from __future__ import annotations

import pytest

from inspector.agent.collect.kernel.choice import open_kernel_reader
from inspector.agent.collect.kernel.reader import KernelReader
from inspector.errors import KernelReaderUnavailable


def kernel_reader() -> KernelReader:
    """A new one. Where this machine's kernel has none the test is skipped, in CI too: no package brings it."""
    try:
        return open_kernel_reader()
    except KernelReaderUnavailable as error:
        pytest.skip(f"this machine has no kernel reader: {error}")
