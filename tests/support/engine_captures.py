"""Captured trees of engines other than Docker, unpacked so that each monitor's root holds the files it names."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from inspector.agent.scan.runtimes import parse_flags

CAPTURES = Path(__file__).resolve().parents[1] / "fixtures" / "engines"


def unpack(name: str, folder: Path) -> Path:
    """The tree of a capture, as ``/proc``; the root directory of all its processes is ``root`` beside it."""
    with tarfile.open(CAPTURES / f"{name}-v1.tar.gz") as archive:
        archive.extractall(folder, filter="tar")
    capture = folder / f"{name}-v1"
    tree, root = capture / f"{name}-v1", capture / "root"
    root.mkdir()
    (tree / "1").mkdir(exist_ok=True)
    for process in (one for one in tree.iterdir() if one.name.isdigit()):
        (process / "root").unlink(missing_ok=True)
        (process / "root").symlink_to(root)
        for place in bundle_of(process):
            put(capture / "oci", root, place)
    for file, state in (("state.json", "runc"), ("status", "crun")):
        for found in (capture / "oci").glob(f"eng-*/{file}"):
            copy(found, root / "run" / state / found.parent.name)
    return tree


def bundle_of(process: Path) -> Iterator[str]:
    """The bundle that a captured monitor names."""
    words = (process / "cmdline").read_bytes().decode().split("\0") if (process / "cmdline").is_file() else [""]
    if "containerd-shim" in words[0]:
        yield str((process / "cwd").readlink())
    elif words[0].endswith("conmon"):
        yield dict(parse_flags(words)).get("b", "")


def put(oci: Path, root: Path, place: str) -> None:
    """Copy a bundle, and what lies beside it, to where it was."""
    where = root / place.lstrip("/")
    identity = Path(place.removesuffix("/userdata")).name
    space = Path(place).parent.name
    for config in oci.glob(f"**/{identity}/config.json"):
        if config.parent.parent.name in (space, "oci", "inner", "outer", "podman"):
            copy(config, where)
    for config in oci.glob("k8s.io/*/config.json") if space == "k8s.io" else ():
        copy(config, where.parent / config.parent.name)
    for noted in (*oci.glob(f"**/{identity}/config.v2.json"), *oci.glob(f"**/{identity}/hostconfig.json")):
        for file in mounted_from(where / "config.json", identity):
            copy(noted, root / file.lstrip("/"))
    for stored in oci.glob("**/containers.json") if place.endswith("/userdata") else ():
        copy(stored, where.parents[1])


def mounted_from(config: Path, identity: str) -> set[str]:
    """The folders of that id from which a bundle mounts files; Docker's usual one where it mounts none."""
    words = config.read_text().split('"') if config.is_file() else []
    found = {word.rpartition("/")[0] for word in words if f"/containers/{identity}/" in word}
    return found or {f"/var/lib/docker/containers/{identity}"}


def copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
