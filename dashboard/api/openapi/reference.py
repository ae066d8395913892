"""The description of the interface as a page: the same that ``/api/openapi.json`` gives programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.api.routes import api


class Named(NamedTuple):
    """A parameter, a property or an answer: its name, its type and what is said of it."""

    name: str
    type: str
    says: str
    required: bool = True


class Operation(NamedTuple):
    """One request."""

    method: str
    path: str
    name: str
    says: str
    parameters: list[Named]
    answers: list[Named]


class Shape(NamedTuple):
    """A schema by its name."""

    name: str
    says: str
    properties: list[Named]


@require_safe
@never_cache
@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]
    shapes = [shape_of(name, schemas[name]) for name in sorted(schemas)]
    context = {"operations": list(operations_of(described)), "shapes": shapes, "here": "api"}
    return render(request, "dashboard/api.html", context)


def operations_of(described: dict[str, Any]) -> Iterator[Operation]:
    """Every request of the description, in its order."""
    for path, operations in described["paths"].items():
        for method, told in operations.items():
            parameters = [
                Named(one["name"], say_type(one["schema"]), one.get("description", ""), one["required"])
                for one in told["parameters"]
            ]
            if "requestBody" in told:
                parameters += [Named(kind, say_type(of["schema"]), "") for kind, of in contents(told["requestBody"])]
            answers = [answer_of(status, told["responses"][status]) for status in sorted(told["responses"], key=int)]
            says = told.get("description", "").replace("``", "")
            yield Operation(method.upper(), path, told["operationId"], says, parameters, answers)


def contents(part: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(part.get("content", {}).items())


def answer_of(status: int | str, told: dict[str, Any]) -> Named:
    """A status, what its body is, and when it comes."""
    kinds = [say_type(of["schema"]) if "json" in kind else kind for kind, of in contents(told)]
    return Named(str(status), " | ".join(kinds), told["description"])


def shape_of(name: str, schema: dict[str, Any]) -> Shape:
    """A schema with its properties. What is said of a type for programmers is left to them."""
    needed = schema.get("required", ())
    properties = [
        Named(key, say_type(value), value.get("description", ""), key in needed)
        for key, value in schema.get("properties", {}).items()
    ]
    return Shape(name, schema.get("description", "").partition("\n")[0].replace("``", ""), properties)


def say_type(schema: dict[str, Any]) -> str:
    """A type in a few words: ``integer``, ``Process[]``, ``string | null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(map(say_type, schema[several])))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{say_type(schema.get('items') or {})}[]"
    kind = schema.get("type", "any")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
