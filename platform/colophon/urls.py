"""Every address of the site. Each app brings its own."""

from django.contrib import admin
from django.urls import include, path

from colophon.dashboard import vitals

urlpatterns = [
    path("admin/vitals/", admin.site.admin_view(vitals), name="admin-vitals"),
    path("admin/", admin.site.urls),
    path("api/", include("api.urls")),
    path("api/v1/", include("colophon.api_urls")),
    path("", include("colophon.health_urls")),
    path("", include("colophon.page_urls")),
    path("", include("accounts.urls")),
    path("", include("generation.urls")),
    path("", include("minting.urls")),
    path("", include("verification.urls")),
]
