"""The Celery app. A message is only a wake-up call (law 1): tasks claim their work from Postgres."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "colophon.settings")

app = Celery("colophon")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
