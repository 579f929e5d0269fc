"""A picture's note: its recipe and the attestation, signed (DESIGN §4)."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from PIL import Image

from accounts.models import Wallet
from generation.lineage import start_of
from generation.models import Job
from provenance import attestations
from provenance.digests import from_hex, pixel_hash
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


@dataclass(frozen=True, kw_only=True)
class Making:
    """What the engine says about how a picture was drawn."""

    engine_version: str
    model: ModelIdentity
    scheduler: SchedulerIdentity
    reproducibility_class: ReproducibilityClass
    adapters: Sequence[AdapterIdentity] = ()


@dataclass(frozen=True, kw_only=True)
class Note:
    """A picture's recipe and the signed statement about it."""

    recipe: Recipe
    recipe_hash: bytes
    pixel_hash: bytes
    attestation: dict[str, Any]
    prompt_salt: bytes | None


def write_note(*, job: Job, index: int, image: Image.Image, making: Making) -> Note:
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
    attester = attestations.address_of(key)
    return Note(
        recipe=recipe,
        recipe_hash=attestation.recipe_hash,
        pixel_hash=attestation.pixel_hash,
        attestation=attestations.document(attestation, signature=signature, attester=attester),
        prompt_salt=salt,
    )


def _creator(job: Job) -> str:
    """The person's first wallet, or the zero address."""
    wallets = Wallet.objects.filter(person_id=job.person_id).order_by("verified_at")
    return wallets.values_list("address", flat=True).first() or attestations.NO_CREATOR
