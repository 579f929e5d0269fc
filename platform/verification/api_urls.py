"""Routes of verification under `/api/v1/`."""

from django.urls import path

from verification import api
from verification.bundle import api as bundle

urlpatterns = [
    path("verify", api.Files.as_view(), name="api-verify"),
    path("verify/<str:content_hash>", api.ContentHashes.as_view(), name="api-verify-content-hash"),
    path("export", bundle.ExportOwn.as_view(), name="api-export"),
    path("works/<uuid:work_id>/export", bundle.ExportWork.as_view(), name="api-export-work"),
]
