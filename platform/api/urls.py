"""The schema and the page to try the API at."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
