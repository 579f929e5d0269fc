"""Pages of `verification`."""

from django.urls import path

from verification import views
from verification.bundle import views as bundle

app_name = "verification"
urlpatterns = [
    path("verify/", views.verify, name="verify"),
    path("account/export/", bundle.export_own, name="export"),
    path("works/<uuid:work_id>/export/", bundle.export_work, name="export-work"),
]
