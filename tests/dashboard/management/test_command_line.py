"""What holds for every command: quiet ends, refused settings in one line, no colours where none are wanted."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.management.command_line import CommandLine
from inspector.version import VERSION
from tests.support.running import ROOT, wait_for

MANAGE = [sys.executable, "manage.py"]
OURS = sorted(
    path.stem
    for folder in ("inspector", "dashboard")
    for path in (ROOT / folder / "management" / "commands").glob("[a-z]*.py")
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def manage(data: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MANAGE, *arguments],
        cwd=ROOT,
        env=os.environ | {"ISOSCOPE_DATA": str(data)} | environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def shell(data: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A line for bash, with ``$MANAGE`` in it; the status is that of the first command of the last pipe."""
    environ = os.environ | {"ISOSCOPE_DATA": str(data), "MANAGE": f"{sys.executable} manage.py"}
    environ.pop("PYTHONUNBUFFERED", None)
    line = f"{script}; exit ${{PIPESTATUS[0]}}"
    return subprocess.run(["bash", "-c", line], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "command",
    ["scan --json --no-docker", "scan --no-docker", "help", "migrate --plan", "nonsense 2>&1", "draw -o - --state"],
)
def test_a_command_whose_reader_has_gone_ends_quietly(command: str, data: Path) -> None:
    data.mkdir()
    if command.startswith("draw"):
        command = f"{command} <($MANAGE scan --json --no-docker)"
    done = shell(data, f"(sleep 0.2; exec $MANAGE {command}) | exec 0<&-")
    assert done.returncode == 141
    assert "Traceback" not in done.stderr and "Broken pipe" not in done.stderr and "Exception" not in done.stderr


def test_a_reader_who_reads_the_beginning_gets_it(data: Path) -> None:
    done = shell(data, "$MANAGE scan --json --no-docker | head -c 10")
    assert (done.stdout, done.stderr) == ('{"taken_at', "")


@pytest.mark.parametrize("command", ["scan --json --no-docker", "help", "version"])
def test_a_full_disk_under_the_output_is_said_in_one_line(command: str, data: Path) -> None:
    done = shell(data, f"$MANAGE {command} >/dev/full")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["[Errno 28] No space left on device"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(closed: str, data: Path) -> None:
    done = shell(data, f"$MANAGE scan --no-docker {closed}")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_no_file_gets_the_number_of_a_closed_stream(data: Path) -> None:
    data.mkdir()
    assert shell(data, "$MANAGE migrate -v1 >&- 2>&-").returncode == 0
    assert (data / "isoscope.sqlite3").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("arguments", [["--version"], ["version"], ["scan", "--version"], ["migrate", "--version"]])
def test_the_version_is_ours(arguments: list[str], data: Path) -> None:
    assert manage(data, *arguments).stdout == f"Isoscope {VERSION}\n"


WRONG = [
    ("ISOSCOPE_KEPP", "all", "ISOSCOPE_KEPP is no variable of Isoscope: did you mean ISOSCOPE_KEEP?"),
    ("ISOSCOPE_ALLOWED_HOST", "x", "did you mean ISOSCOPE_ALLOWED_HOSTS?"),
    ("isoscope_data_base_url", "x", "did you mean ISOSCOPE_DATABASE_URL?"),
    ("ISOSCOPE_QQQQQ", "1", "ISOSCOPE_QQQQQ is no variable of Isoscope: unset it"),
    ("ISOSCOPE_KEEP", "ever", "ISOSCOPE_KEEP: 'ever' is no tier"),
    ("ISOSCOPE_INTERVAL", "soon", "ISOSCOPE_INTERVAL is 'soon'; it takes a number"),
    ("ISOSCOPE_TLS", "perhaps", "ISOSCOPE_TLS is 'perhaps'"),
    ("ISOSCOPE_KEEP_BYTES", "much", "ISOSCOPE_KEEP_BYTES"),
    ("ISOSCOPE_DATA", "/etc/passwd", "ISOSCOPE_DATA is '/etc/passwd', which is not a folder"),
    ("ISOSCOPE_DATA", "~nobody-here/x", "ISOSCOPE_DATA"),
    ("ISOSCOPE_DATABASE_URL", "postgresql://me:pw@host:port/name", "ISOSCOPE_DATABASE_URL takes"),
    ("ISOSCOPE_DATABASE_URL", "postgresql://[::1/name", "ISOSCOPE_DATABASE_URL takes"),
    ("ISOSCOPE_REDIS_URL", "redis://host:port/0", "ISOSCOPE_REDIS_URL takes"),
    ("ISOSCOPE_TRUSTED_ORIGINS", "isoscope.example.org", "ISOSCOPE_TRUSTED_ORIGINS"),
    ("ISOSCOPE_QQ\x1b[31m\nQ", "1", "ISOSCOPE_QQ\\x1b[31m\\nQ is no variable"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_wrong_or_misspelt_variable_is_one_line(name: str, value: str, said: str, data: Path) -> None:
    done = manage(data, "hosts", **{name: value})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["agent", "compare", "hosts", "run", "scan", "migrate", "check", "help"])
def test_every_command_says_it_so(command: str, data: Path) -> None:
    done = manage(data, command, ISOSCOPE_KEPP="all")
    assert (done.returncode, done.stderr) == (2, f"{WRONG[0][2]}\n")


@pytest.mark.parametrize("server", [["dashboard.serving.serve"], ["daphne"]])
def test_the_server_under_daphne_says_it_so(server: list[str], data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *server, "--port", "1", "dashboard.asgi:application"],
        cwd=ROOT,
        env=os.environ | {"ISOSCOPE_DATA": str(data), "ISOSCOPE_KEPP": "all"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (2, f"{WRONG[0][2]}\n")


def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_mistake(data: Path) -> None:
    set_by_kubernetes = {"ISOSCOPE_SERVICE_HOST": "10.0.0.1", "ISOSCOPE_PORT_8000_TCP_ADDR": "10.0.0.1"}
    assert manage(data, "help", ISOSCOPE_PORT="tcp://10.0.0.1:8000", **set_by_kubernetes).returncode == 0


@pytest.mark.parametrize("command", ["hosts", "prune", "invite me", "token --list", "events"])
def test_a_database_without_tables_is_one_line_with_what_to_do(command: str, data: Path) -> None:
    data.mkdir()
    done = manage(data, *command.split())
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "manage.py migrate" in done.stderr


def test_a_database_that_cannot_be_opened_is_one_line(data: Path) -> None:
    done = manage(data, "hosts", ISOSCOPE_DATABASE_URL="sqlite:////nowhere/at/all.sqlite3")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


def in_terminal(data: Path, *arguments: str, **environ: str) -> str:
    """What a command prints on a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*MANAGE, *arguments],
        cwd=ROOT,
        env=os.environ | {"ISOSCOPE_DATA": str(data), "TERM": "xterm-256color"} | environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        printed = b"".join(read_all(ours))
    os.close(ours)
    return printed.decode()


def read_all(fd: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:  # the other side is closed
            return
        if not piece:
            return
        yield piece


@pytest.mark.parametrize("command", [("import", "/nowhere"), ("migrate", "--plan")])
def test_no_color_takes_the_colours_away(command: tuple[str, ...], data: Path) -> None:
    data.mkdir()
    coloured = in_terminal(data, *command)
    assert "\x1b[" in coloured
    assert "\x1b[" not in in_terminal(data, *command, NO_COLOR="1")
    assert "\x1b[" in in_terminal(data, *command, NO_COLOR="")
    assert "\x1b[" in in_terminal(data, *command, "--force-color", NO_COLOR="1")


def test_colours_of_the_checks_are_never_written_as_escapes(data: Path) -> None:
    said = in_terminal(data, "agent", "--server", "http://127.0.0.1:1", "--docker-socket", "/nowhere")
    assert "W002" in said and "HINT" in said and "\\x1b" not in said and "\\t" not in said


@pytest.mark.parametrize("environ", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "latin-1"}])
def test_another_encoding_is_no_error(environ: dict[str, str], data: Path) -> None:
    for command in (["scan", "--no-docker"], ["help", "export"], ["import", "/nowhere/\u262f\udcff"]):
        done = subprocess.run(
            [*MANAGE, *command],
            cwd=ROOT,
            env=os.environ | {"ISOSCOPE_DATA": str(data)} | environ,
            capture_output=True,
            timeout=60,
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == (2 if "import" in command else 0)


def test_ctrl_c_ends_a_command_quietly(data: Path) -> None:
    environ = os.environ | {"ISOSCOPE_DATA": str(data)}
    process = subprocess.Popen(
        [*MANAGE, "import", "-"], cwd=ROOT, env=environ, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    status = Path(f"/proc/{process.pid}/wchan")
    with process:
        wait_for(lambda: "read" in status.read_text() or waits_in_read(process.pid))
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert (process.wait(30), process.stderr.read()) == (130, b"")


def waits_in_read(pid: int) -> bool:
    """Whether it waits for its standard input: read(2) of descriptor 0; see proc_pid_syscall(5)."""
    return Path(f"/proc/{pid}/syscall").read_text().split()[:2] == ["0", "0x0"]


@pytest.mark.parametrize("command", OURS)
def test_every_command_explains_itself_however_narrow_the_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = CommandLine(["manage.py"]).fetch_command(command).create_parser("manage.py", command).format_help()
    assert f"usage: manage.py {command}" in said
