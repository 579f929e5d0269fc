"""Builds an export while it is sent: a zip of a person's works with everything that proves them.

Nothing is held in memory but the file in hand, and nothing is written to the disk, so ten thousand works are exported
as easily as ten.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from zipstream import ZIP_STORED, ZipStream

from api.errors import Problem
from generation.models import Work
from generation.reruns.records import records_of
from generation.storage import read_bytes
from minting.models import Mint
from provenance.certificates import load_or_create_anchors
from provenance.credentials import manifest_store
from provenance.digests import to_hex
from verification.stamps import stamp_anchors

logger = logging.getLogger(__name__)
FORMAT = "org.colophon.export/1"
VERIFIER = Path(__file__).with_name("verify.py")
LETTER = Path(__file__).with_name("README.txt")
FOLDER = "colophon-export"


def export_works(works: QuerySet[Work], *, with_private_prompts: bool) -> Iterator[bytes]:
    """The zip, piece by piece.

    `with_private_prompts`: for the maker herself, whose salts open the commitments in her recipes. A work whose file
    is missing or damaged is named in `missing` of works.json and left out; the rest is exported nevertheless.
    """
    archive = _Archive()
    entries: list[dict[str, Any]] = []
    missing: list[str] = []
    for work in _with_everything(works).iterator(chunk_size=100):
        try:
            entries.append(_add_work(archive, work, with_private_prompts=with_private_prompts))
        except Problem as problem:
            logger.warning("work %s cannot be exported: %s", work.pk, problem.detail)
            missing.append(to_hex(bytes(work.content_hash)))
        yield from archive.ready()
    archive.add("works.json", _json(_index(entries, missing)))
    archive.add("c2pa-anchors.pem", load_or_create_anchors(settings.C2PA_DIR).encode())
    if stamp_anchors():
        archive.add("stamp-anchors.pem", stamp_anchors().encode())
    archive.add("verify.py", VERIFIER.read_bytes())
    archive.add("README.txt", LETTER.read_bytes())
    archive.add("SHA256SUMS", archive.sums())
    yield from archive.finished()


def _with_everything(works: QuerySet[Work]) -> QuerySet[Work]:
    tokens = Mint.objects.filter(status__in=[Mint.Status.MINED, Mint.Status.FINAL])
    return (
        works.select_related("file", "recipe_file", "model", "trajectory")
        .prefetch_related(Prefetch("mints", tokens.select_related("collection", "metadata_file"), to_attr="minted"))
        .order_by("created_at", "id")
    )


def _index(entries: list[dict[str, Any]], missing: list[str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "exported_at": timezone.now().isoformat(timespec="seconds"),
        "site": settings.SITE_URL,
        "works": entries,
        "missing": missing,
    }


def _add_work(archive: "_Archive", work: Work, *, with_private_prompts: bool) -> dict[str, Any]:
    """Put a work's files into the archive; its entry in works.json. Raises FileUnavailable before any is put."""
    content_hash = to_hex(bytes(work.content_hash))
    place = f"works/{content_hash[2:]}"
    picture, recipe = read_bytes(work.file), read_bytes(work.recipe_file)
    tokens = [(mint, read_bytes(mint.metadata_file)) for mint in _minted(work)]
    suffix = Path(work.file.path).suffix
    archive.add(f"{place}/picture{suffix}", picture)
    archive.add(f"{place}/recipe.json", recipe)
    archive.add(f"{place}/attestation.json", _json(work.attestation))
    # To be read without any program: every manifest in the file, those of the pictures it was made from too.
    manifests = manifest_store(picture, media_type=work.file.media_type)
    archive.add(f"{place}/content-credentials.json", _json(manifests))
    return {
        **_add_reruns(archive, place, work),
        "content_hash": content_hash,
        "title": "Untitled" if work.private_prompt else " ".join(work.prompt.split())[:80],
        "created_at": work.created_at.isoformat(timespec="seconds"),
        "media_type": work.file.media_type,
        "cid": work.file.cid,
        "file": f"{place}/picture{suffix}",
        "recipe": f"{place}/recipe.json",
        "attestation": f"{place}/attestation.json",
        "credentials": f"{place}/content-credentials.json",
        **_private_prompt(work, told=with_private_prompts),
        "tokens": [_add_token(archive, place, mint, metadata) for mint, metadata in tokens],
    }


def _minted(work: Work) -> list[Mint]:
    minted: list[Mint] = work.minted  # type: ignore[attr-defined] # prefetched by _with_everything
    return minted


def _private_prompt(work: Work, *, told: bool) -> dict[str, str]:
    if not work.private_prompt or not told or work.prompt_salt is None:
        return {}
    return {"prompt": work.prompt, "prompt_salt": to_hex(bytes(work.prompt_salt))}


def _add_reruns(archive: "_Archive", place: str, work: Work) -> dict[str, Any]:
    """What the work committed to when it was made, and the records of who ran it again."""
    trajectory = getattr(work, "trajectory", None)
    entry: dict[str, Any] = {"reruns": []}
    if trajectory is not None:
        entry["trajectory"] = f"{place}/trajectory.json"
        archive.add(entry["trajectory"], _json(trajectory.document))
    for number, record in enumerate(reversed(records_of(work)), start=1):
        name = f"{place}/rerun-{number}.json"
        archive.add(name, _json({"class": record.class_here, "opened": record.opened, "record": record.document}))
        entry["reruns"].append(name)
    return entry


def _add_token(archive: "_Archive", place: str, mint: Mint, metadata: bytes) -> dict[str, Any]:
    collection = mint.collection
    name = f"{place}/token-{collection.chain_id}-{collection.address.lower()}.json"
    archive.add(name, metadata)
    return {
        "chain_id": collection.chain_id,
        "contract": collection.address,
        "collection": collection.name,
        "token_id": str(int.from_bytes(bytes(mint.work.content_hash))),
        "token_uri": f"ipfs://{mint.metadata_file.cid}",
        "metadata": name,
    }


class _Archive:
    """A zip in the making; pictures do not get smaller by packing, so nothing is packed."""

    def __init__(self) -> None:
        self._zip = ZipStream(compress_type=ZIP_STORED)
        self._sums: list[str] = []

    def add(self, name: str, data: bytes) -> None:
        self._sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        self._zip.add(data, f"{FOLDER}/{name}")

    def sums(self) -> bytes:
        """The lines of `sha256sum -c` over all that was added so far."""
        return "".join(self._sums).encode()

    def ready(self) -> Iterator[bytes]:
        """What can be sent already."""
        yield from self._zip.all_files()

    def finished(self) -> Iterator[bytes]:
        """The rest, and the zip's directory."""
        yield from self._zip


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
