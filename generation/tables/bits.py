"""A column of 256 bits."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    BytesField = models.Field[bytes, bytes]
else:
    BytesField = models.Field


class Bits256Field(BytesField):
    """PostgreSQL's `bit(256)`, 32 bytes in Python, whose XOR and bit count the database knows by itself."""

    def db_type(self, connection: Any) -> str:  # noqa: ANN401 - Django's signature
        """`bit(256)`."""
        del connection
        return "bit(256)"

    def get_prep_value(self, value: Any) -> str | None:  # noqa: ANN401 - Django's signature
        """Text of zeros and ones."""
        return None if value is None else f"{int.from_bytes(bytes(value)):0256b}"

    def from_db_value(self, value: str | None, *_: Any) -> bytes | None:  # noqa: ANN401 - Django's signature
        """32 bytes, the first bit the highest of the first byte."""
        return None if value is None else int(value, 2).to_bytes(32)

    def to_python(self, value: Any) -> bytes | None:  # noqa: ANN401 - Django's signature
        """As bytes."""
        return None if value is None else bytes(value)
