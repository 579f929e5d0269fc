"""The JSON of tokens and of collections: ERC-721 with OpenSea's traits, ERC-7007's keys, ERC-7572."""

from typing import Any

from django.conf import settings

from generation.models import Work
from minting.models import Collection
from provenance.canonical import canonical_json
from provenance.cids import RAW_LIMIT
from provenance.digests import to_hex

EXACT_INTEGER = 2**53 - 1
"""the largest integer that JSON numbers hold exactly (RFC 8785, I-JSON)"""

DESCRIPTION = "Pictures made by diffusion models. Each token carries the note of how its picture was made."
"""of a collection that has none of its own"""


class MetadataTooLarge(ValueError):
    """The JSON would not fit into one raw block, so its CID would not be its SHA-256 (law 4)."""


def token_metadata(work: Work) -> bytes:
    """A token's metadata, canonical JSON (RFC 8785), the same bytes for the same work.

    Numeric traits are numbers; a seed that a JSON number cannot hold is decimal text. A private prompt is not
    told: the recipe hash stands for it. Raises MetadataTooLarge above 262,144 bytes.
    """
    told = None if work.private_prompt else work.prompt
    document = {
        "name": _title(work, told),
        "description": _description(work, told),
        "image": f"ipfs://{work.file.cid}",
        "external_url": f"{settings.SITE_URL}/works/{work.id}/",
        "attributes": _traits(work),
        # ERC-7007's schema
        "prompt": told if told is not None else to_hex(bytes(work.recipe_hash)),
        "aigc_type": "image",
        "aigc_data": f"ipfs://{work.file.cid}",
        "proof_type": "attestation",
        "colophon": {
            "content_hash": to_hex(bytes(work.content_hash)),
            "pixel_hash": to_hex(bytes(work.pixel_hash)),
            "recipe_hash": to_hex(bytes(work.recipe_hash)),
            "recipe": f"ipfs://{work.recipe_file.cid}",
            "attestation": work.attestation,
        },
    }
    return _checked(canonical_json(document))


def collection_metadata(collection: Collection) -> bytes:
    """The collection's own metadata (ERC-7572), canonical JSON."""
    document = {
        "name": collection.name,
        "symbol": collection.symbol,
        "description": collection.description or DESCRIPTION,
        "external_link": settings.SITE_URL,
    }
    return _checked(canonical_json(document))


def _title(work: Work, prompt: str | None) -> str:
    if prompt is None:
        return f"Untitled {to_hex(bytes(work.content_hash))[2:10]}"
    line = " ".join(prompt.split())
    return line if len(line) <= 80 else line[:79].rstrip() + "…"


def _description(work: Work, prompt: str | None) -> str:
    said = f"“{prompt}”\n\n" if prompt is not None else ""
    return (
        f"{said}Made by the diffusion model {work.model.name}, seed {work.seed}, on "
        f"{work.created_at:%d %B %Y}. This picture was made by AI. The id of this token is the SHA-256 of its file; "
        "the attestation says who vouches for how it was made."
    )


def _traits(work: Work) -> list[dict[str, Any]]:
    seed: int | str = work.seed if abs(work.seed) <= EXACT_INTEGER else str(work.seed)
    numbers: dict[str, int | float | str] = {
        "Seed": seed,
        "Steps": work.job.steps,
        "Guidance scale": float(work.job.guidance_scale),
        "Width": work.width,
        "Height": work.height,
    }
    return [
        {"trait_type": "Model", "value": work.model.name},
        *(
            {"trait_type": name, "value": value, **({} if isinstance(value, str) else {"display_type": "number"})}
            for name, value in numbers.items()
        ),
    ]


def _checked(data: bytes) -> bytes:
    if len(data) >= RAW_LIMIT:
        raise MetadataTooLarge(f"the metadata has {len(data)} bytes; it must stay under {RAW_LIMIT}")
    return data
