"""What holds for every request: addresses that can lead somewhere, and the pages' Content-Security-Policy."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

HEADER = "Content-Security-Policy"
OTHER_PEOPLES_PAGES = ("/admin/", "/api/docs/")
"""the admin panel and the schema browser bring inline scripts of their own"""


def _public_rpc_origins() -> list[str]:
    """Origins of the chains' public RPC addresses, which visitors' browsers ask for their own checks."""
    parts = [urlsplit(chain.public_rpc_url) for chain in settings.CHAINS if chain.public_rpc_url]
    return [f"{part.scheme}://{part.netloc}" for part in parts]


ASKING_PAGES = ("/verify/", "/tokens/")
"""pages whose checks ask whichever node the visitor names"""
ANY_NODE = ("https:", "http://localhost:*", "http://127.0.0.1:*")


@cache
def page_policy(*, asks_any_node: bool = False) -> str:
    """Own files only; no inline scripts. Style attributes are allowed: they carry the pictures' proportions."""
    nodes = ANY_NODE if asks_any_node else _public_rpc_origins()
    return "; ".join(
        [
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            " ".join(["connect-src 'self'", *nodes]),
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


OTHER_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class AddressMiddleware(MiddlewareMixin):
    """Refuses a NUL in an address: Postgres holds none in text, so nothing can be looked up by it.

    Under /api/ that is left to the endpoints, which name the field at fault.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Raises SuspiciousOperation, which is answered with 400."""
        given = "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
        if given and not request.path_info.startswith("/api/"):
            raise SuspiciousOperation("NUL in the address")


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Sets the header on every answer that has not set its own (stored files bring a sandbox)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy that fits the page."""
        foreign = request.path.startswith(OTHER_PEOPLES_PAGES)
        own = page_policy(asks_any_node=request.path.startswith(ASKING_PAGES))
        response.headers.setdefault(HEADER, OTHER_POLICY if foreign else own)
        return response
