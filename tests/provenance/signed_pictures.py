"""Small pictures with signed credentials, and what such a picture may be made from."""

import io
from typing import Literal

from PIL import Image

from provenance.certificates import ClaimSigner
from provenance.credentials import Ingredient, embed

RECIPE = {"schema": "org.colophon.recipe/1", "prompt": "ein Käfer 🪲", "seed": "18446744073709551615"}
ATTESTATION = {"primary_type": "Attestation", "message": {"createdAt": "1"}}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def picture(media_type: str = "image/png") -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((64, 48)).save(file, FORMATS[media_type])
    return file.getvalue()


def signed(signer: ClaimSigner, media_type: str = "image/png") -> bytes:
    return embed(
        picture(media_type),
        media_type=media_type,
        recipe=RECIPE,
        attestation_document=ATTESTATION,
        title="a beetle",
        signer=signer,
    )


def ingredient(data: bytes, relationship: Literal["parentOf", "componentOf"] = "parentOf") -> Ingredient:
    return Ingredient(title="Source picture", media_type="image/png", relationship=relationship, data=data)


def made_from(signer: ClaimSigner, *ingredients: Ingredient) -> bytes:
    return embed(
        picture(),
        media_type="image/png",
        recipe=RECIPE,
        attestation_document=ATTESTATION,
        title="another beetle",
        signer=signer,
        ingredients=ingredients,
    )
