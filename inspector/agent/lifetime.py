"""The agent's life as a process: its two threads, and the signals that end it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Final

from inspector.agent.loop import Agent
from inspector.agent.uplink import Uplink

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_GRACE_S: Final = 0.4


def hold_requests() -> None:
    """Block SIGUSR1 until :func:`run` waits for it. Call this first: by default it ends the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR1,))


def hold_signals() -> None:
    """Block the other signals that :func:`run` waits for. Call this before the spool is opened and any thread starts.

    Until then they end the process at once: there is nothing yet to close.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)


def run(agent: Agent, uplink: Uplink) -> None:
    """Scan and deliver until SIGTERM, SIGINT or SIGHUP; SIGUSR1 requests a full scan. Ends within a second.

    The signals are taken with sigwait(3), so no handler ever interrupts anything. The threads are daemon threads: one
    that the kernel or the network blocks does not keep the process alive, and the spool is on disk.
    """
    threads = [_start(agent.run), _start(uplink.run)]
    while signal.sigwait((*_ENDING, signal.SIGUSR1)) == signal.SIGUSR1:
        agent.request_full_scan()
    stop(agent, uplink, threads)


def stop(agent: Agent, uplink: Uplink, threads: list[threading.Thread]) -> None:
    """Ask the threads to end, and close the spool where they did."""
    agent.stop()
    threads[1].join(_GRACE_S)
    if threads[1].is_alive():
        uplink.abort()
    for thread in threads:
        thread.join(_GRACE_S / 2)
    if not any(thread.is_alive() for thread in threads):
        agent.spool.close()


def _start(target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=target.__qualname__, daemon=True)
    thread.start()
    return thread
