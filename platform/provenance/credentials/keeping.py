"""The content credentials of an upload, kept without the upload: its manifest store, and how it fitted the file then.

The picture that is kept of an upload has lost its metadata, its manifest too. What is put aside here is carried into
whatever is made from it, as the C2PA specification wants of ingredients (and the EU's code of practice of marks).
"""

import io
import json
from typing import Any

import c2pa

from provenance.credentials.labels import GENERATOR, KEPT_INGREDIENT

LARGEST_KEPT = 4_000_000
"""bytes; a manifest with its thumbnails has a tenth of it, and each picture made from the upload carries it on"""
_SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


def keep_marks(data: bytes, *, media_type: str, title: str) -> bytes | None:
    """The upload's manifest as an archive that `Ingredient.kept` takes; None when it has none that can be read.

    Never raises, whatever the bytes are. A manifest that does not fit its picture is kept, too, with that said in it;
    one above LARGEST_KEPT is not.
    """
    definition = {"title": title, "relationship": "parentOf", "label": KEPT_INGREDIENT}
    archive = io.BytesIO()
    try:
        with c2pa.Context.from_dict(_SETTINGS) as context:
            # Asked first: an ingredient is also made of a file that has no manifest.
            with c2pa.Reader(media_type, io.BytesIO(data), context=context):
                pass
            with c2pa.Builder({"claim_generator_info": [GENERATOR]}, context=context) as builder:
                builder.add_ingredient(definition, media_type, io.BytesIO(data))
                builder.write_ingredient_archive(KEPT_INGREDIENT, archive)
    except (c2pa.C2paError, ValueError):
        return None
    return archive.getvalue() if archive.tell() <= LARGEST_KEPT else None


def manifest_store(data: bytes, *, media_type: str) -> dict[str, Any] | None:
    """Every manifest in a file, those of its ingredients too, as the C2PA library writes them; None when it has none.

    For people and programs to read: `read` says what of it holds.
    """
    try:
        with (
            c2pa.Context.from_dict(_SETTINGS) as context,
            c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader,
        ):
            store = json.loads(reader.json())
    except (c2pa.C2paError, ValueError, RecursionError):
        return None
    return store if isinstance(store, dict) else None
