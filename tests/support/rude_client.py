"""A client that writes HTTP itself, so that it can stop in the middle of a request."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator


def allow_files(number: int) -> None:
    """Let this process have so many files open, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, number), hard), hard))


@contextlib.contextmanager
def connections(port: int, number: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections that say this much and no more."""
    allow_files(number + 200)
    with contextlib.ExitStack() as opened:
        found = [opened.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _ in range(number)]
        for line in found:
            with contextlib.suppress(OSError):
                line.sendall(said)
        yield found


def send_body(port: int, path: str, size: int, chunked: bool = False, headers: str = "") -> bytes:
    """POST so many bytes, or as many as the server takes; the first line of what it answers."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}{length}\r\n\r\n"
    piece = b"x" * 2**16
    piece = b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        with contextlib.suppress(OSError):
            line.sendall(head.encode())
            for _ in range(size // 2**16):
                line.sendall(piece)
            if chunked:
                line.sendall(b"0\r\n\r\n")
        with contextlib.suppress(OSError):
            return line.makefile("rb").readline()
    return b""
