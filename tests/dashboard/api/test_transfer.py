"""Export and import over HTTP: what goes out of one Isoscope comes into another, for those who may."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from dashboard.models import AgentToken
from inspector.history.states import state_at
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People, some_state
from tests.support.grown_history import grow

EXPORT, IMPORT = f"/api/v1/hosts/{MACHINE}/export", "/api/v1/import"


def download(client: Client, query: str = "") -> bytes:
    answer = client.get(EXPORT + query)
    assert answer.status_code == 200
    return b"".join(answer)


def upload(client: Client, data: bytes) -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile("host.isoscope.gz", data)})


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.django_db(transaction=True)
class TestCarry:
    def test_an_export_is_imported_as_another_host_with_the_same_states(self, people: People) -> None:
        grow(1, 3, seq=2)
        answer = upload(people.administrator, download(people.viewer))
        assert answer.status_code == 201
        machine_id = answer.json()["id"]
        assert state_at(machine_id, 1).processes == some_state(1, 2).processes
        assert state_at(machine_id, 2).processes == some_state(1, 3).processes

    def test_an_imported_host_is_listed_as_such_and_never_stale(self, people: People) -> None:
        Host.objects.update(seen_at=datetime(2020, 1, 1, tzinfo=UTC))
        machine_id = upload(people.administrator, download(people.viewer)).json()["id"]
        listed = {host["id"]: host for host in people.administrator.get("/api/v1/hosts").json()}
        assert listed[MACHINE]["imported"] is None and listed[MACHINE]["stale"]
        assert listed[machine_id]["imported"]["from"] == MACHINE and not listed[machine_id]["stale"]
        assert datetime.fromisoformat(listed[machine_id]["imported"]["at"]).tzinfo is not None

    def test_no_agent_speaks_for_an_imported_host(self, people: People) -> None:
        machine_id = upload(people.administrator, download(people.viewer)).json()["id"]
        bound, free = AgentToken.make("bound", machine_id)[1], AgentToken.make("free")[1]
        assert AgentToken.admit(bound, machine_id) is None and AgentToken.admit(free, machine_id) is None
        assert AgentToken.admit(free, MACHINE) is not None

    def test_a_snapshot_of_an_imported_host_cannot_be_asked_for(self, people: People) -> None:
        machine_id = upload(people.administrator, download(people.viewer)).json()["id"]
        answer = people.administrator.post(
            f"/api/v1/hosts/{machine_id}/snapshots", {}, content_type="application/json"
        )
        assert answer.status_code == 409 and "imported" in answer.json()["detail"]

    def test_a_host_that_is_not_whole_yet_is_not_there(self, people: People) -> None:
        Host.objects.update(importing=True)
        assert people.administrator.get("/api/v1/hosts").json() == []
        assert people.administrator.get(EXPORT).status_code == 404

    def test_a_download_has_a_harmless_file_name_and_is_not_cached(self, people: People) -> None:
        Host.objects.update(hostname='a"/../b\r\nSet-Cookie: x')
        answer = people.viewer.get(EXPORT)
        assert answer["Content-Disposition"] == 'attachment; filename="ab-set-cookie-x-1-1.isoscope.gz"'
        assert "no-store" in answer["Cache-Control"]

    def test_a_part_is_what_was_asked_for(self, people: People) -> None:
        grow(1, 3, seq=2)
        assert len(gzip.decompress(download(people.viewer, "?from=2&to=2")).splitlines()) < len(
            gzip.decompress(download(people.viewer)).splitlines()
        )
        for query in ("?from=2&to=1", "?to=9", "?from=0"):
            answer = people.viewer.get(EXPORT + query)
            assert answer.status_code == 404 and answer.json()["detail"], query

    def test_a_file_that_is_not_an_export_is_refused_in_words(self, people: People) -> None:
        for data in (b"junk", download(people.viewer)[:-9]):
            answer = upload(people.administrator, data)
            assert answer.status_code == 422 and answer.json()["detail"]
        assert Host.objects.count() == 1

    def test_a_file_that_is_too_large_is_refused(self, people: People, settings: Any) -> None:
        settings.IMPORT_BYTES = 100
        answer = upload(people.administrator, download(people.viewer))
        assert answer.status_code == 413 and Host.objects.count() == 1

    def test_a_viewer_may_not_import(self, people: People) -> None:
        assert upload(people.viewer, download(people.viewer)).status_code == 403

    def test_an_upload_from_a_foreign_page_is_refused(self, people: People) -> None:
        data = download(people.viewer)
        client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1:8000"})
        client.cookies = people.administrator.cookies
        assert upload(client, data).status_code == 403
        assert Host.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_a_download_streams_under_asgi(people: People) -> None:
    client = AsyncClient(headers={"host": "127.0.0.1:8000"})
    client.cookies = people.viewer.cookies
    answer = await client.get(EXPORT)
    assert answer.is_async
    data = b"".join([piece async for piece in answer.streaming_content])
    assert gzip.decompress(data).splitlines()[-1].startswith(b'{"type":"end"')
