"""Routes of verification under `/api/v1/`."""

from django.urls import path

from verification import api

urlpatterns = [
    path("verify", api.Files.as_view(), name="api-verify"),
    path("verify/<str:content_hash>", api.ContentHashes.as_view(), name="api-verify-content-hash"),
]
