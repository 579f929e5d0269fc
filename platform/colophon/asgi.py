"""ASGI entry point: `uvicorn colophon.asgi:application` with `platform` on the path."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "colophon.settings")

_site = get_asgi_application()

from django.conf import settings  # noqa: E402 - Django is set up above

from colophon.body_limit import with_body_limit  # noqa: E402 - the same

# Twice the largest file, so that one a little too large is still refused on its page, in its words.
application = with_body_limit(
    _site, limit=2 * settings.VERIFY_UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
)
