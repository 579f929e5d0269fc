"""Every address of the site. Each app brings its own."""

from django.contrib import admin
from django.urls import include, path, re_path

from accounts.views import limited_passwords
from api.problems import nothing_here
from colophon.dashboard import vitals

urlpatterns = [
    path("admin/vitals/", admin.site.admin_view(vitals), name="admin-vitals"),
    # Before the panel's own, which lets passwords be tried without end.
    path("admin/login/", limited_passwords(admin.site.login)),
    path("admin/", admin.site.urls),
    path("api/", include("api.urls")),
    path("api/v1/", include("colophon.api_urls")),
    # Whatever else is asked for there is answered as the API does, not with a page. (The two get their slash first.)
    re_path(r"^api/(?!(?:docs|schema)$)", nothing_here),
    path("", include("colophon.health_urls")),
    path("", include("colophon.page_urls")),
    path("", include("accounts.urls")),
    path("", include("generation.urls")),
    path("", include("minting.urls")),
    path("", include("verification.urls")),
]
