"""What an endpoint answers, for the description of the interface: facts as JSON, and files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from inspector.analysis.attention.from_history import Attention
from inspector.analysis.compare.comparison import Comparison
from inspector.analysis.feed.from_history import FeedPage
from inspector.facts.types import Fact, HostState
from inspector.history.queries.left import LeftAt
from inspector.history.queries.life import Life
from inspector.history.queries.timeline import Timeline
from inspector.history.queries.vitals import Series
from inspector.history.snapshots import Place
from inspector.protocol.frames import Diff

FACTS: Final[tuple[type[Fact], ...]] = (
    *(Attention, Comparison, Diff, FeedPage, HostState, LeftAt, Life, Place, Series, Timeline),
)
REFERENCE: Final = "#/components/schemas/{name}"

Schema = dict[str, Any]


def answers(fact: type[Fact] | None = None, *files: str) -> Schema:
    """``openapi_extra`` of an endpoint that answers 200 with this fact as JSON, or with a file of these types."""
    content: Schema = {kind: {"schema": {"type": "string"}} for kind in files}
    if fact is not None:
        content["application/json"] = {"schema": {"$ref": REFERENCE.format(name=fact.__name__)}}
    return {"responses": {200: {"description": "OK", "content": content}}}


def fact_schemas() -> Schema:
    """The JSON schemas of all facts, by name: derived from the types by which they are encoded."""
    _, schemas = msgspec.json.schema_components(FACTS, ref_template=REFERENCE)
    return {name: _as_ecma(schema) for name, schema in schemas.items()}


PROBLEM: Final = {"$ref": REFERENCE.format(name="Problem")}
INVALID: Final = {"anyOf": [PROBLEM, {"$ref": REFERENCE.format(name="InvalidRequest")}]}
INVALID_REQUEST: Final[Schema] = {
    "title": "InvalidRequest",
    "description": "Which parts of a request have a wrong type or value.",
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "loc", "msg"],
                "properties": {"type": {"type": "string"}, "loc": {"type": "array"}, "msg": {"type": "string"}},
            },
        }
    },
}

EVERYWHERE: Final[dict[int, tuple[str, Schema]]] = {
    400: ("The request is malformed", PROBLEM),
    401: ("Not signed in, or the API token is not valid", PROBLEM),
    403: ("Not allowed, or a form from another page", PROBLEM),
    422: ("A parameter has a wrong value", INVALID),
    429: ("Too many requests, or wrong tokens, at once", PROBLEM),
    503: ("The database, or a turn, is not available now", PROBLEM),
}
"""Problems that any endpoint may answer."""


def add_problems(responses: dict[int, Any], statuses: Iterable[int] = EVERYWHERE) -> None:
    """Describe the problems that any endpoint may answer."""
    for status in statuses:
        text, schema = EVERYWHERE[status]
        responses[status] = {"description": text, "content": {"application/json": {"schema": schema}}}


def _as_ecma(schema: Any) -> Any:
    """A JSON schema with the patterns of ECMA-262, as JSON Schema wants them: Python's have other anchors."""
    if isinstance(schema, list):
        return [_as_ecma(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: re.sub(r"\\Z", "$", re.sub(r"\\A", "^", item))
        if name == "pattern" and isinstance(item, str)
        else _as_ecma(item)
        for name, item in schema.items()
    }
