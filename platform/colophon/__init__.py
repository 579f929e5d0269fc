"""The Django project: settings, URLs, ASGI, Celery, system checks."""

from colophon.celery import app as celery_app

__all__ = ["celery_app"]
