"""Namespaces that no process lives in, each held in another way, for as long as a test needs them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

MAKE = r"""
import ctypes, fcntl, json, os, socket, subprocess, sys, tempfile, threading

libc = ctypes.CDLL(None, use_errno=True)
UTS, IPC, NET, PID, MNT, TIME = 0x04000000, 0x08000000, 0x40000000, 0x20000000, 0x00020000, 0x80
BIND, NS_GET_PARENT = 4096, 0xB702
held, kept, done = {}, [], threading.Event()

def call(function, *arguments):
    if function(*arguments):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def inode(path):
    return os.stat(path).st_ino

def unshare(flag, kind):
    call(libc.unshare, flag)
    return inode(f"/proc/thread-self/ns/{kind}")

def in_thread(work, stay=False):
    told = threading.Event()
    def run():
        work()
        told.set()
        if stay:
            done.wait()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    told.wait(10)
    if not stay:
        thread.join()

def mount(kind, path):
    open(path, "w").close()
    call(libc.mount, f"/proc/thread-self/ns/{kind}".encode(), path.encode(), None, BIND, None)

def thread():
    held["thread"] = "uts", unshare(UTS, "uts")

def descriptor():
    held["descriptor"] = "ipc", unshare(IPC, "ipc")
    kept.append(open("/proc/thread-self/ns/ipc"))

def a_socket():
    held["socket"] = "net", unshare(NET, "net")
    kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

def own_mount():
    held["mount"] = "net", unshare(NET, "net")
    mount("net", folder + "/with a space")

def pid_for_children():
    call(libc.unshare, PID)
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    held["pid_for_children"] = "pid", inode("/proc/thread-self/ns/pid_for_children")

def elsewhere():
    child = subprocess.Popen([sys.executable, "-c", ELSEWHERE, folder], stdin=0, stdout=subprocess.PIPE)
    held["mount elsewhere"] = "uts", int(child.stdout.readline())
    kept.append(child)

def user():
    child = subprocess.Popen(["unshare", "-Ur", "unshare", "-U", "sh", "-c", "echo up; read x"], stdin=0,
                             stdout=subprocess.PIPE)
    child.stdout.readline()
    inner = open(f"/proc/{child.pid}/ns/user")
    outer = fcntl.ioctl(inner, NS_GET_PARENT)
    held["child"] = "user", os.fstat(outer).st_ino
    os.close(outer)
    kept.append(child)

def time_for_children():
    call(libc.unshare, TIME)
    held["time_for_children"] = "time", inode("/proc/self/ns/time_for_children")

ELSEWHERE = '''
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
own = os.open("/proc/self/ns/uts", os.O_RDONLY)
assert not libc.unshare(0x00020000 | 0x04000000)
assert not libc.mount(b"none", sys.argv[1].encode(), b"tmpfs", 0, None)
path = sys.argv[1] + "/uts"
open(path, "w").close()
assert not libc.mount(b"/proc/self/ns/uts", path.encode(), None, 4096, None)
told = os.stat(path).st_ino
assert not libc.setns(own, 0)
os.close(own)
print(told, flush=True)
sys.stdin.read()
'''
folder = tempfile.mkdtemp()
call(libc.unshare, MNT)
call(libc.mount, None, b"/", None, 1 << 18 | 1 << 14, None)  # private
call(libc.mount, b"none", folder.encode(), b"tmpfs", 0, None)
elsewhere()
user()
in_thread(thread, stay=True)
in_thread(descriptor)
in_thread(a_socket)
in_thread(own_mount)
in_thread(pid_for_children, stay=True)
time_for_children()
print(json.dumps({"pid": os.getpid(), "folder": folder, "held": held}), flush=True)
sys.stdin.read()
os.rmdir(folder) if not os.path.ismount(folder) else None
"""


class Held(NamedTuple):
    """The process that holds, where it mounts, and the type and inode that is held in each way."""

    pid: int
    folder: str
    by: dict[str, tuple[str, int]]


@contextlib.contextmanager
def held_namespaces() -> Iterator[Held]:
    """One namespace held in each of eight ways."""
    command = [sys.executable, "-c", MAKE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as maker:
        assert maker.stdin is not None and maker.stdout is not None
        try:
            told = json.loads(maker.stdout.readline())
            yield Held(
                told["pid"], told["folder"], {how: (kind, inode) for how, (kind, inode) in told["held"].items()}
            )
        finally:
            maker.stdin.close()
            maker.wait()
