"""Routes of `/api/v1/`: each app's own, joined."""

from django.urls import include, path

urlpatterns = [
    path("", include("api.api_urls")),
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("minting.api_urls")),
    path("", include("verification.api_urls")),
]
