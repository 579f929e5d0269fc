"""ASGI entry point: `uvicorn colophon.asgi:application` with `platform` on the path."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "colophon.settings")

application = get_asgi_application()
