"""From pixels to a work: hash, attest, embed, hash, store, all in the order of DESIGN §4."""

import functools
import io
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from eth_account import Account
from PIL import Image

from generation.lineage import record_parents, start_of
from generation.models import Job, Work
from generation.notices import announce
from generation.placeholders import thumbhash_of
from generation.queue import Claim, lock_held_job
from generation.storage import store_bytes, store_plain
from provenance import attestations, credentials
from provenance.canonical import canonical_json
from provenance.certificates import ClaimSigner, load_or_create_signer
from provenance.digests import content_hash, from_hex, pixel_hash
from provenance.keys import load_or_create_key
from provenance.recipes import Adapter as AdapterIdentity
from provenance.recipes import (
    ModelIdentity,
    Recipe,
    ReproducibilityClass,
    SchedulerIdentity,
    build_recipe,
    recipe_hash,
)

PREVIEW_SIDE = 640
PREVIEW_QUALITY = 82
# The preview is published too, so it is marked too (law 7); a manifest would weigh more than the preview.
PREVIEW_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{credentials.TRAINED_ALGORITHMIC_MEDIA}"/></rdf:RDF></x:xmpmeta>'
)


@dataclass(frozen=True, kw_only=True)
class Making:
    """What the engine says about how a picture was drawn."""

    engine_version: str
    model: ModelIdentity
    scheduler: SchedulerIdentity
    reproducibility_class: ReproducibilityClass
    adapters: Sequence[AdapterIdentity] = ()


@dataclass(frozen=True, kw_only=True)
class _Note:
    """A picture's recipe and the signed statement about it."""

    recipe: Recipe
    recipe_hash: bytes
    pixel_hash: bytes
    attestation: dict[str, Any]
    prompt_salt: bytes | None


def publish_picture(
    *,
    claim: Claim,
    index: int,
    image: Image.Image,
    making: Making,
    steps_done: int,
    flag_reason: str = "",
    safety: Mapping[str, Any] | None = None,
) -> Work:
    """Write down how the picture was made, sign it, and make it a work; watchers see it at once.

    Files, rows and the job's progress are one transaction under the job's lock: a worker that lost its lease
    publishes nothing. A `flag_reason` has the work shown blurred until a curator has looked. Raises LeaseLostError,
    StorageFull.
    """
    job = claim.job
    note = _write_note(job=job, index=index, image=image, making=making)
    data = credentials.embed(
        _png(image),
        media_type="image/png",
        recipe=note.recipe,
        attestation_document=note.attestation,
        title=_title(job, index),
        signer=_claim_signer(),
    )
    preview = _preview(image)
    with transaction.atomic():
        held = lock_held_job(claim=claim)
        work = Work.objects.create(
            job=held,
            index=index,
            person_id=held.person_id,
            model_id=held.model_id,
            prompt=held.prompt_of(index),
            private_prompt=held.private_prompt,
            prompt_salt=note.prompt_salt,
            seed=held.seed + index,
            width=image.width,
            height=image.height,
            file=store_bytes(data=data, media_type="image/png"),
            preview_path=store_plain(data=preview, folder="previews", extension="webp"),
            thumbhash=thumbhash_of(image),
            content_hash=content_hash(data),
            pixel_hash=note.pixel_hash,
            recipe_hash=note.recipe_hash,
            recipe_file=store_bytes(data=canonical_json(note.recipe), media_type="application/json"),
            recipe=note.recipe,
            attestation=note.attestation,
            flagged=bool(flag_reason),
            flag_reason=flag_reason,
            safety=safety or {},
        )
        record_parents(work)
        held.step, held.revision = steps_done, held.revision + 1
        held.save(update_fields=["step", "revision"])
        announce(held)
    return work


def _write_note(*, job: Job, index: int, image: Image.Image, making: Making) -> _Note:
    """The recipe of the index-th picture and its attestation, signed by the attester's key."""
    salt = secrets.token_bytes(32) if job.private_prompt else None
    recipe = build_recipe(
        engine_version=making.engine_version,
        model=making.model,
        prompt=job.prompt_of(index),
        negative_prompt=job.negative_prompt_of(index),
        seed=job.seed + index,
        steps=job.steps,
        guidance_scale=job.guidance_scale,
        scheduler=making.scheduler,
        width=job.width,
        height=job.height,
        reproducibility_class=making.reproducibility_class,
        adapters=making.adapters,
        prompt_weighting="compel" if job.prompt_weighting else None,
        start=start_of(job),
        prompt_salt=salt,
    )
    attestation = attestations.Attestation(
        pixel_hash=pixel_hash(image),
        recipe_hash=recipe_hash(recipe),
        model_hash=from_hex(making.model["model_hash"]),
        creator=_creator(job),
        created_at=int(time.time()),
    )
    key = load_or_create_key(settings.ATTESTER_KEY_FILE)
    signature = attestations.sign(attestation, private_key=key)
    attester = Account.from_key(key).address
    return _Note(
        recipe=recipe,
        recipe_hash=attestation.recipe_hash,
        pixel_hash=attestation.pixel_hash,
        attestation=attestations.document(attestation, signature=signature, attester=attester),
        prompt_salt=salt,
    )


def _creator(job: Job) -> str:
    """The person's first wallet, or the zero address."""
    wallet = job.person.wallets.order_by("verified_at").first()
    return wallet.address if wallet else attestations.NO_CREATOR


def _title(job: Job, index: int) -> str:
    return "Untitled" if job.private_prompt else job.prompt_of(index)[:80]


@functools.cache
def _claim_signer() -> ClaimSigner:
    """Read and checked once per process; a new chain takes a restart."""
    return load_or_create_signer(settings.C2PA_DIR)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def _preview(image: Image.Image) -> bytes:
    """A WebP of at most PREVIEW_SIDE pixels a side, marked as AI-made in its XMP."""
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, format="WEBP", quality=PREVIEW_QUALITY, method=4, xmp=PREVIEW_XMP.encode())
    return buffer.getvalue()
