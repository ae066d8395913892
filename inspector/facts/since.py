"""The first schema that has a field. It is declared beside the field:

``nice: Annotated[int | None, since(3)] = None``

A field without a declaration exists since schema 1. A later field has a default, which means *unknown*: a state of
an older schema holds that value.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

FIRST: Final = 1
"""The schema of a side that sends none."""


def since(schema: int) -> msgspec.Meta:
    """Declare, within ``Annotated``, the first schema that has the field."""
    return msgspec.Meta(extra={"since": schema})


@cache
def later_fields(kind: type[msgspec.Struct]) -> dict[str, int]:
    """The fields that were added after :data:`FIRST`, and their schema."""
    declared = {field.name: _declared(field.type) for field in msgspec.structs.fields(kind)}
    return {name: schema for name, schema in declared.items() if schema > FIRST}


@cache
def newest_field(kind: type[msgspec.Struct]) -> int:
    """The schema of the newest field in a type, or in any type that it holds."""
    return newest_inside(kind)


def newest_inside(annotation: Any) -> int:
    """The schema of the newest field in any struct that an annotation names."""
    found: set[type[msgspec.Struct]] = set()
    _collect(annotation, found)
    return max((schema for one in found for schema in later_fields(one).values()), default=FIRST)


@cache
def names(kind: type[msgspec.Struct], wanted: type[msgspec.Struct]) -> bool:
    """Whether a type is or holds the wanted one."""
    found: set[type[msgspec.Struct]] = set()
    _collect(kind, found)
    return wanted in found


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """What a state of an older schema holds in this field.

    :raises TypeError: the field has no default.
    """
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    if field.required:
        raise TypeError(f"{field.name} came later and has no default")
    return field.default


def _declared(annotation: Any) -> int:
    if get_origin(annotation) is Annotated:
        told = [meta.extra["since"] for meta in annotation.__metadata__ if _declares(meta)]
        return max(told, default=FIRST)
    if get_origin(annotation) in (Union, types.UnionType):  # of a patch: the field, or nothing
        return max(map(_declared, get_args(annotation)))
    return FIRST


def _declares(meta: object) -> bool:
    return isinstance(meta, msgspec.Meta) and "since" in (meta.extra or {})


def _collect(annotation: Any, found: set[type[msgspec.Struct]]) -> None:
    """Add every struct that a type names, however deep."""
    origin = get_origin(annotation)
    for part in get_args(annotation):
        _collect(part, found)
    kind = annotation if origin is None else origin
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
        found.add(kind)
        for field in msgspec.structs.fields(kind):
            _collect(field.type, found)
