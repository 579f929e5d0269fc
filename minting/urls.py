"""Pages of `minting`."""

from django.urls import URLPattern

app_name = "minting"
urlpatterns: list[URLPattern] = []
