"""Routes of `/api/v1/`: each app's own, joined."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
