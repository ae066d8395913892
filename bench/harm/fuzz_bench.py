"""10,000 mutated messages through a running server's agent socket, and 10,000 mutated files through the import.

``python -m bench.harm.fuzz_bench [--messages N] [--files N] [--seed S]``; exit status 1 where anything broke: an
answer of 5xx, an unhandled exception in the log, a list that fails, or a state that is not of the protocol.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.fuzzing import LISTS, SocketFuzzer, mutated_file
from tests.support.installation import Installation
from tests.support.mutations import Mutator

LOOK_EVERY = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.harm.fuzz_bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261129)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        faults = send_messages(Path(name) / "socket", options.messages, options.seed) if options.messages else []
        faults += import_files(Path(name) / "import", options.files, options.seed) if options.files else []
    print(f"{len(faults)} faults (at most 0)", *faults[:50], sep="\n  ")
    return 1 if faults else 0


def send_messages(data: Path, number: int, seed: int) -> list[str]:
    """Through the agent socket."""
    installation = Installation(data)
    try:
        installation.prepare()
        installation.start()
        fuzzer = SocketFuzzer(installation, installation.visitor(), seed)
        fuzzer.run(number, look_every=LOOK_EVERY)
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(fuzzer.outcomes.items()))
        print(f"{number} messages: {outcomes}; {fuzzer.check_stored()} lines of history are sound", flush=True)
        return fuzzer.faults
    finally:
        installation.end()


def import_files(data: Path, number: int, seed: int) -> list[str]:
    """Through the import, and then every list by HTTP."""
    os.environ |= {"ISOSCOPE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    Installation(data).prepare()
    import django

    django.setup()
    client, mutator = sign_in(), Mutator(seed)
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    for _ in range(number):
        outcomes[import_one(client, mutated_file(mutator), faults)] += 1
    said = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    print(f"{number} files: {said}", flush=True)
    return faults


def sign_in() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1:8000"}, raise_request_exception=False)
    client.force_login(User.objects.get(username="ann"))
    return client


def import_one(client: Any, data: bytes, faults: list[str]) -> str:
    """Import one file and look at the host it became; then forget it, so that the next one is no slower."""
    from inspector.history.forget import forget_host
    from inspector.history.throttle import Pace
    from inspector.history.transfer import importing
    from inspector.protocol.export_file import MalformedFile

    try:
        host = importing.bring_in(io.BytesIO(data), 2**26, Pace(pause_s=0))
    except MalformedFile:
        return "refused"
    except Exception as error:
        faults.append(f"import: {error!r}")
        return "failed"
    for path in ("/api/v1/hosts", *(f"/api/v1/hosts/{host.machine_id}/{name}" for name in LISTS[:-1])):
        status = client.get(path).status_code
        if status != 200 and not (status == 404 and "moment" in path):  # a history of 2299 begins after a second ago
            faults.append(f"{path}: {status}")
    forget_host(host, Pace(pause_s=0))
    return "taken in"


if __name__ == "__main__":
    sys.exit(main())
