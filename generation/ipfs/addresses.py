"""Where else a file can be had: at public gateways, under the same CID."""

from django.conf import settings


def gateway_addresses(cid: str) -> list[str]:
    """The file at each of IPFS_GATEWAYS."""
    return [f"{gateway.rstrip('/')}/{cid}" for gateway in settings.IPFS_GATEWAYS]
