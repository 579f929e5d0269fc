"""What pages say about a work's marks and about where else its files are."""

from django import template

from generation.ipfs.addresses import gateway_addresses
from generation.models import Pin, StoredFile, TimeStamp, Work

register = template.Library()


@register.inclusion_tag("generation/parts/ipfs.html")
def ipfs_addresses(file: StoredFile) -> dict[str, object]:
    """The file's CID, whether this platform's node keeps it, and links to gateways."""
    pin: Pin | None = getattr(file, "pin", None)
    return {
        "cid": file.cid,
        "is_pinned": pin is not None and pin.state == Pin.State.PINNED,
        "gateways": [(address.split("/")[2], address) for address in gateway_addresses(file.cid)],
    }


@register.filter
def time_stamp_of(work: Work) -> TimeStamp | None:
    """The work's time-stamp; None when none was ever asked for."""
    return getattr(work, "time_stamp", None)
