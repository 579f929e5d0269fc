"""The schema and the page to try the API at."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerView

from api.schema_view import SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
]
