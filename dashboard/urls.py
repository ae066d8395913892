"""The URLs of the pages and of the API."""

from functools import partial

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language
from ninja.openapi.views import openapi_json

from dashboard import views
from dashboard.api.openapi import reference
from dashboard.api.openapi.described import signed_in_or_token
from dashboard.api.routes import api
from dashboard.pages import alerts, audit, tokens

handler404 = "dashboard.views.not_found"
handler403 = "dashboard.views.forbidden"
handler500 = "dashboard.views.server_error"

urlpatterns = [
    path("", views.page, name="page"),
    path("sign-in", LoginView.as_view(template_name="dashboard/sign_in.html"), name="sign-in"),
    path("sign-in/<str:token>", views.sign_in_link, name="sign-in-link"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("api/v1/", api.urls),
    path("api/openapi.json", signed_in_or_token(partial(openapi_json, api=api)), name="openapi"),
    path("api/", reference.show, name="reference"),
    path("tokens", tokens.list_tokens, name="tokens"),
    path("tokens/<int:number>/revoke", tokens.revoke, name="revoke-token"),
    path("alerts", alerts.list_rules, name="alerts"),
    path("alerts/<int:number>", alerts.edit_rule, name="alert"),
    path("alerts/<int:number>/test", alerts.try_rule, name="try-alert"),
    path("alerts/<int:number>/delete", alerts.delete_rule, name="delete-alert"),
    path("audit", audit.list_events, name="audit"),
    path("language", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]
