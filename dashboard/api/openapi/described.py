"""The interface with a description of every request and every answer (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from dashboard.accounts.access import bearer_text
from dashboard.accounts.bearer import BearerToken, WrongToken
from dashboard.api.openapi.answers import INVALID_REQUEST, add_problems, fact_schemas


class DescribedAPI(NinjaAPI):
    """django-ninja describes requests and its own answers; this adds the facts, and the problems of all endpoints."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        described = super().get_openapi_schema(*args, **kwargs)
        described["components"].setdefault("schemas", {}).update(self.schemas)
        for operations in described["paths"].values():
            for operation in operations.values():
                add_problems(operation["responses"])
        return described

    @cached_property
    def schemas(self) -> dict[str, Any]:
        return fact_schemas() | {"InvalidRequest": INVALID_REQUEST}


def signed_in_or_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The description is for those who may ask: by a session, or by an API token."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if bearer_text(request.headers.get("Authorization", "").encode("latin-1", "replace")) is None:
            return login_required(view)(request, *args, **kwargs)
        try:
            BearerToken()(request)
        except WrongToken as error:
            return HttpResponse(str(error), status=error.status, headers=error.headers, content_type="text/plain")
        return view(request, *args, **kwargs)

    return guarded
