"""The forms values have in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from provenance.digests import to_hex


@extend_schema_field({"type": "string", "pattern": "^0x[0-9a-f]{64}$", "examples": ["0x" + "5e" * 32]})
class HashField(serializers.Field[bytes, str, str, Any]):
    """A 32-byte digest."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - handed on to DRF
        super().__init__(read_only=True, **options)

    def to_representation(self, value: bytes) -> str:
        return to_hex(value)
