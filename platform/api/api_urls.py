"""Routes of keys under `/api/v1/`."""

from django.urls import path

from api import api

urlpatterns = [
    path("keys", api.Keys.as_view(), name="api-keys"),
    path("keys/<uuid:key_id>", api.OneKey.as_view(), name="api-key"),
]
