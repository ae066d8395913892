"""One reading of what the host and its processes use, within a budget of processor time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from inspector.agent.collect.vitals.host_vitals import HostReader
from inspector.agent.collect.vitals.process_vitals import Budget, ProcessSampler
from inspector.facts.types import Process
from inspector.facts.vitals.readings import Vitals


class VitalsReader:
    """Reads what the host uses, and as many of its processes as the budget allows.

    :param folder: the data folder, whose disk is told.

    Not thread-safe: one thread calls :meth:`read`.
    """

    def __init__(self, folder: Path, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self._host = HostReader(folder)
        self._sampler = ProcessSampler(self.budget)

    def read(self, processes: Mapping[int, Process]) -> Vitals:
        """One reading.

        :param processes: all of the host, by pid.
        """
        began = time.thread_time()
        self.budget.fill(time.monotonic())
        uids = {process.uid for process in processes.values() if process.uid is not None}
        host = msgspec.structs.replace(self._host.read(uids), agent=self._sampler.ourselves())
        vitals = Vitals(host, self._sampler.sample(processes, began))
        self.budget.spend(time.thread_time() - began)
        return vitals
