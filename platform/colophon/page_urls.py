"""Pages that belong to no single room."""

from django.urls import path

from colophon import pages

urlpatterns = [path("developers/", pages.developers, name="developers")]
