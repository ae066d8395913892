"""What keeps a namespace alive, in words."""

from __future__ import annotations

import msgspec

from inspector.analysis.text.chain_tree import draw
from inspector.analysis.text.holders import say_orphans
from inspector.facts.namespaces import namespace_key
from inspector.facts.types import Holder, Holders, HostState, Namespace
from tests.support.states import BOOT, a_process, a_state, some_namespaces

SPACES, INITIAL = some_namespaces()
OTHERS, ELSEWHERE = some_namespaces(2)
MEMBERS = [a_process(5, comm="keeper"), a_process(7, comm="nginx", namespaces=ELSEWHERE)]


def orphan(kind: str, *holders: Holders, parent: str | None = None, number: int = 9) -> Namespace:
    key = namespace_key(BOOT, kind, number)  # type: ignore[arg-type]
    return Namespace(key, kind, 4000 + number, number, False, None, parent, holders=holders)  # type: ignore[arg-type]


def say(*orphans: Namespace) -> list[str]:
    return say_orphans(a_state(MEMBERS, [*SPACES, *OTHERS, *orphans]))


def test_each_way_is_said_with_who_it_is() -> None:
    held = (
        Holders("thread", 1, (Holder(5, None, "6"),)),
        Holders("descriptor", 1, (Holder(5, None, "3"),)),
        Holders("socket", 1, (Holder(5, None, "4"),)),
        Holders("time_for_children", 1, (Holder(5, None, "5"),)),
    )
    assert say(orphan("net", *held)) == [
        "net:[4009] held by thread 6 of keeper(5), descriptor 3 of keeper(5), socket 4 of keeper(5), "
        "keeper(5) for its children"
    ]


def test_a_mount_is_said_by_its_path_and_by_who_sees_it_unless_the_host_does() -> None:
    mounts = Holders("mount", 2, (Holder(None, INITIAL.mnt, "/a"), Holder(None, ELSEWHERE.mnt, "/b\n")))
    [line] = say(orphan("net", mounts))
    assert line.startswith("net:[4009] held by bind mount /a, bind mount /b")
    assert line.endswith(" seen by nginx(7)")
    assert "\n" not in line


def test_only_some_are_named_and_the_rest_is_counted() -> None:
    many = Holders("descriptor", 9, tuple(Holder(5, None, str(number)) for number in range(5)))
    assert say(orphan("uts", many))[0].endswith("descriptor 2 of keeper(5), 6 more descriptors")


def test_what_is_inside_holds_too_and_unknown_is_not_nothing() -> None:
    outer = orphan("user")
    inner = orphan("user", parent=outer.key, number=91)
    assert say(outer, inner) == [
        "user:[4009] held by user:[4091] inside",
        "user:[4091] held by something that could not be seen",
    ]


def test_a_scan_lists_them_and_says_nothing_where_there_are_none() -> None:
    whole: HostState = a_state(MEMBERS, [*SPACES, *OTHERS, orphan("net")])
    assert "Namespaces without a process:" in draw(whole)
    without = msgspec.structs.replace(whole, namespaces=tuple(space for space in whole.namespaces if space.processes))
    assert "Namespaces without a process:" not in draw(without)
