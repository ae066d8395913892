"""A kernel that does not number its namespaces."""

from __future__ import annotations

import os

import pytest

from inspector.agent.collect.nsfs import Nsfs

needs_numbers = pytest.mark.skipif(
    int(os.uname().release.split(".")[0]) * 100 + int(os.uname().release.split(".")[1]) < 618,
    reason="before Linux 6.18 the kernel does not number namespaces",
)


class OldKernel(Nsfs):
    """The kernel as it was before it numbered namespaces: it does not know those two requests."""

    def ask_number(self, fd: int, request: int) -> int | None:
        return super().ask_number(fd, 0xB7FF)
