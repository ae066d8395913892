"""What happens on a host while something else is tried: processes, namespaces and containers come and go."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
from collections.abc import Iterator

from tests.conftest import lacks_docker
from tests.demo import IMAGE, SLEEP, connect, make_image


@contextlib.contextmanager
def churn() -> Iterator[None]:
    """Processes in new namespaces come and go all the time, and containers where there is Docker."""
    enough = threading.Event()
    works = [come_and_go] if lacks_docker() else [come_and_go, start_and_remove]
    threads = [threading.Thread(target=work, args=(enough,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def come_and_go(enough: threading.Event) -> None:
    dice = random.Random(3)
    living: list[subprocess.Popen[bytes]] = []
    while not enough.wait(0.1):
        living.append(subprocess.Popen(["unshare", dice.choice(["--uts", "--ipc", "--net"]), "sleep", "600"]))
        if len(living) > 6:
            end(living.pop(dice.randrange(len(living))))
    for process in living:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def start_and_remove(enough: threading.Event) -> None:
    client = connect()
    make_image(client)
    while not enough.wait(0.5):
        container = client.containers.run(IMAGE, SLEEP, detach=True, stop_signal="SIGKILL")
        enough.wait(0.5)
        container.remove(force=True)
    client.close()
