"""Mutated messages through a server's agent socket and through the import: some hundreds; the bench sends 10,000."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from django.test import Client

from inspector.history.throttle import Pace
from inspector.history.transfer import importing
from inspector.models import Host
from inspector.protocol.export_file import MalformedFile
from tests.support.fuzzing import LISTS, SocketFuzzer, mutated_file
from tests.support.installation import Installation, Visitor
from tests.support.mutations import Mutator


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_frames_break_nothing_on_a_server_that_runs(
    installation: Installation, visitor: Visitor, seed: int
) -> None:
    fuzzer = SocketFuzzer(installation, visitor, seed)
    fuzzer.run(300, look_every=100)
    assert fuzzer.faults == []
    assert min(fuzzer.outcomes[name] for name in ("stored", "refused", "reset")) > 5
    assert fuzzer.check_stored() > 10


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.django_db(transaction=True)
def test_mutated_files_are_refused_or_become_hosts_that_every_list_shows() -> None:
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(User.objects.create_superuser("root"))
    mutator, taken = Mutator(3), 0
    for _ in range(300):
        try:
            host = importing.bring_in(io.BytesIO(mutated_file(mutator)), 2**24, Pace(pause_s=0))
        except MalformedFile:
            continue
        taken += 1
        paths = ["/api/v1/hosts", *(f"/api/v1/hosts/{host.machine_id}/{name}" for name in LISTS[:-1])]
        assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    assert 10 < taken < 290
    assert Host.objects.filter(importing=True).count() == 0
    assert Host.objects.count() == taken
