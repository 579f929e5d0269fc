"""Requests for pictures, checked: every fault is collected, so that one answer names them all."""

from generation.requests.checking import PictureRequest, Wish, WishFields, check_request
from generation.requests.faults import MAX_COUNT, MAX_GUIDANCE, MAX_SEED, MAX_STEPS, MIN_SIDE

__all__ = [
    "MAX_COUNT",
    "MAX_GUIDANCE",
    "MAX_SEED",
    "MAX_STEPS",
    "MIN_SIDE",
    "PictureRequest",
    "Wish",
    "WishFields",
    "check_request",
]
