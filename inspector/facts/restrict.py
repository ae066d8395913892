"""Values in the terms of an older schema: each field that the schema does not have gets its default.

The law: ``restrict(apply(state, changes)) == apply(restrict(state), restrict(changes))``. A checksum of a schema is
that of the restricted state. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from inspector.facts.diff import Patch
from inspector.facts.since import default_of, later_fields, names, newest_field
from inspector.facts.types import SLOW_SINCE, Gap, HostState

T = TypeVar("T")


def restrict_state(state: HostState, schema: int) -> HostState:
    """The state in the terms of a schema; its field ``schema`` names that one."""
    state = restrict(state, schema)
    return state if state.schema <= schema else msgspec.structs.replace(state, schema=schema)


def restrict(value: T, schema: int) -> T:
    """The value without what is newer than the schema; the same object where nothing is.

    A patch of newer fields alone is dropped from its list.
    """
    restricted: Any = value
    if isinstance(value, msgspec.Struct):
        restricted = _restrict_struct(value, schema) if _may_hold_newer(type(value), schema) else value
    elif isinstance(value, tuple):
        pairs = [(part, restrict(part, schema)) for part in value]
        if any(new is not old for old, new in pairs):
            restricted = tuple(new for old, new in pairs if new is old or not _is_empty(new))
    elif isinstance(value, Mapping):
        restricted = {key: restrict(part, schema) for key, part in value.items()}
    return cast(T, restricted)


def plain(value: Any, schema: int) -> Any:
    """The value in the types of JSON, without the names of fields that are newer than the schema."""
    built = msgspec.to_builtins(value)
    _drop_newer(value, built, schema)
    return built


def _drop_newer(value: Any, built: Any, schema: int) -> None:
    if isinstance(value, msgspec.Struct) and _may_hold_newer(type(value), schema):
        for name, came in later_fields(type(value)).items():
            if came > schema:
                built.pop(name, None)
        for name in value.__struct_fields__:
            if name in built:
                _drop_newer(getattr(value, name), built[name], schema)
    elif isinstance(value, tuple):
        for part, written in zip(value, built, strict=True):
            _drop_newer(part, written, schema)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            _drop_newer(part, built[key], schema)


@cache
def _may_hold_newer(kind: type[msgspec.Struct], schema: int) -> bool:
    """Whether a value of this type may hold a newer field. A generic one does not say what it holds."""
    return (
        newest_field(kind) > schema
        or (schema < SLOW_SINCE and names(kind, Gap))
        or bool(getattr(kind, "__parameters__", ()))
    )


def _restrict_struct(value: msgspec.Struct, schema: int) -> msgspec.Struct:
    if isinstance(value, Gap) and schema < SLOW_SINCE:
        return msgspec.structs.replace(value, why="gone") if value.why == "slow" else value
    later = later_fields(type(value))
    changed = {}
    for field in msgspec.structs.fields(type(value)):
        old = getattr(value, field.name)
        new = default_of(field) if later.get(field.name, 0) > schema else restrict(old, schema)
        if new is not old:
            changed[field.name] = new
    return msgspec.structs.replace(value, **changed) if changed else value


def _is_empty(value: object) -> bool:
    """Whether it is a patch that changes nothing."""
    if not isinstance(value, Patch):
        return False
    return all(part is msgspec.UNSET for part in msgspec.structs.astuple(cast(msgspec.Struct, value.set)))
