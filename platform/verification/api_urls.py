"""Routes of verification under `/api/v1/`."""

from django.urls import path

from verification.api import VerifyContentHashView, VerifyFileView

urlpatterns = [
    path("verify", VerifyFileView.as_view(), name="api-verify"),
    path("verify/<str:content_hash>", VerifyContentHashView.as_view(), name="api-verify-content-hash"),
]
