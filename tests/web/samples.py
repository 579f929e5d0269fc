"""A handful of works that look like works, drawn with Pillow, for looking at pages and for their tests.

The rows are as the engine writes them: files under their hash, a canonical recipe, a signed attestation.
"""

import io
import math
import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from eth_account import Account
from PIL import Image, ImageDraw, ImageFilter

from accounts.models import Person
from generation.models import DiffusionModel, Job, Work
from generation.placeholders import thumbhash_of
from generation.storage import store_bytes, store_plain
from minting.models import Chain, Collection, Mint, Transaction, TransactionAttempt
from provenance.attestations import Attestation, document, sign
from provenance.canonical import canonical_json
from provenance.digests import content_hash, pixel_hash, to_hex
from provenance.recipes import build_recipe

ATTESTER = Account.from_key(b"\x11" * 32)
PROMPTS = [
    ("A teal sun over navy waves", (20, 44, 74), (30, 148, 142), (640, 512)),
    ("Dusk in a dry valley, the road still warm", (94, 42, 38), (232, 150, 84), (512, 640)),
    ("Snow light, no one on the lake", (168, 184, 196), (240, 238, 232), (768, 512)),
    ("The hour before the orchard wakes", (44, 62, 50), (196, 190, 120), (512, 512)),
    (
        "A red kite, and wind enough for everyone on the long beach north of the harbour",
        (140, 30, 30),
        (236, 222, 202),
        (512, 704),
    ),
    ("Basalt", (24, 24, 28), (92, 90, 96), (640, 640)),
    ("Lamps along the embankment in rain", (18, 24, 40), (214, 160, 88), (832, 512)),
    ("Two hills that argue about the moon", (52, 40, 84), (214, 196, 226), (512, 512)),
    ("Ochre field under a slate sky", (74, 84, 96), (200, 148, 56), (704, 512)),
    ("Night ferry", (10, 16, 30), (60, 110, 150), (512, 576)),
]


def draw(seed: int, size: tuple[int, int], dark: tuple[int, int, int], light: tuple[int, int, int]) -> Image.Image:
    """A sun over ridges, or waves: the same seed gives the same picture."""
    rng = random.Random(seed)
    width, height = size
    picture = Image.new("RGB", size)
    pen = ImageDraw.Draw(picture)
    for y in range(height):
        part = y / height
        pen.line([(0, y), (width, y)], fill=_mix(light, dark, 0.15 + 0.6 * part))
    radius, left, top = (
        rng.uniform(0.1, 0.2) * height,
        rng.uniform(0.15, 0.6) * width,
        rng.uniform(0.1, 0.25) * height,
    )
    pen.ellipse([left, top, left + 2 * radius, top + 2 * radius], fill=_mix(light, (255, 250, 240), 0.55))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    pen = ImageDraw.Draw(picture)
    for layer in range(5):
        base, sway = height * (0.5 + 0.11 * layer), rng.uniform(0.015, 0.06) * height
        phase, waves = rng.uniform(0, math.tau), rng.uniform(0.8, 3.2)
        ridge = [
            (
                i,
                base
                + sway * math.sin(phase + waves * math.tau * i / width)
                + sway * 0.35 * math.sin(3.1 * phase + 5 * waves * i / width),
            )
            for i in range(0, width + 8, 8)
        ]
        pen.polygon([(0, height), *ridge, (width, height)], fill=_mix(light, dark, 0.45 + 0.13 * layer))
    return picture


def _mix(one: tuple[int, int, int], other: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    mixed = [round(a + (b - a) * min(1, part)) for a, b in zip(one, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def a_model() -> DiffusionModel:
    """The default model; one named Starter when there is none yet."""
    return DiffusionModel.objects.filter(is_default=True).first() or DiffusionModel.objects.create(
        slug="starter", name="Starter", source="starter", model_hash=b"\x22" * 32, is_default=True
    )


def a_job(person: Person, **fields: object) -> Job:
    """A job that waits in the queue, unless `fields` say otherwise."""
    chosen: dict[str, object] = {
        "prompt": PROMPTS[0][0], "seed": 4211, "steps": 20, "guidance_scale": Decimal(2), "width": 256, "height": 256,
        "count": 1, **fields,
    }  # fmt: skip
    return Job.objects.create(person=person, model=a_model(), **chosen)


def a_work(person: Person, *, number: int = 0, picture: Image.Image | None = None, **fields: object) -> Work:
    """A finished picture with everything it is written down with."""
    prompt, dark, light, size = PROMPTS[number % len(PROMPTS)]
    seed = 4211 + number
    if picture is None:
        picture = draw(seed, size, dark, light)
    size = picture.size
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    data, now = encoded.getvalue(), timezone.now()
    job = a_job(
        person, prompt=prompt, seed=seed, width=size[0], height=size[1], status="succeeded",
        started_at=now - timedelta(seconds=9), finished_at=now,
    )  # fmt: skip
    recipe = _recipe(job)
    recipe_bytes = canonical_json(recipe)
    attestation = Attestation(
        pixel_hash=pixel_hash(picture), recipe_hash=content_hash(recipe_bytes), model_hash=b"\x22" * 32,
        creator="0x" + 40 * "0", created_at=int(now.timestamp()),
    )  # fmt: skip
    signed = document(attestation, signature=sign(attestation, private_key=b"\x11" * 32), attester=ATTESTER.address)
    return Work.objects.create(
        job=job, index=0, person=person, model=job.model, prompt=prompt, seed=seed, width=size[0], height=size[1],
        file=store_bytes(data=data, media_type="image/png"), preview_path=_preview(picture),
        thumbhash=_thumbhash(picture), content_hash=content_hash(data), pixel_hash=attestation.pixel_hash,
        recipe_hash=attestation.recipe_hash, recipe=recipe,
        recipe_file=store_bytes(data=recipe_bytes, media_type="application/json"), attestation=signed, **fields,
    )  # fmt: skip


def _recipe(job: Job) -> dict[str, object]:
    return {
        **build_recipe(
            engine_version="1", model={"source": "starter", "model_hash": to_hex(b"\x22" * 32)}, prompt=job.prompt,
            seed=job.seed, steps=job.steps, guidance_scale=job.guidance_scale, width=job.width, height=job.height,
            scheduler={"name": "FlowMatchEulerDiscreteScheduler", "config_hash": to_hex(b"\x33" * 32)},
            reproducibility_class={
                "torch": "2.13.0", "diffusers": "0.42.1", "transformers": "5.23.0", "device": "AVX2",
                "dtype": "float32", "threads": 2, "attention": "sdpa", "slots": 1,
            },
        )
    }  # fmt: skip


def _preview(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail((640, 640))
    encoded = io.BytesIO()
    small.save(encoded, "WEBP", quality=82)
    return store_plain(data=encoded.getvalue(), folder="previews", extension="webp")


def _thumbhash(picture: Image.Image) -> str:
    small = picture.convert("RGBA")
    small.thumbnail((100, 100))
    return str(thumbhash_of(small))


def a_collection() -> Collection:
    """A collection that is ready, on the configured chain's id."""
    chain, _ = Chain.objects.get_or_create(
        chain_id=31337, defaults={"name": "Local chain", "genesis_hash": b"\x44" * 32}
    )
    collection, _ = Collection.objects.get_or_create(
        slug="first-light",
        defaults={
            "chain": chain, "name": "First light", "symbol": "LIGHT", "status": "ready", "is_default": True,
            "address": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        },
    )  # fmt: skip
    return collection


def a_mint(work: Work, *, status: str = "final", **fields: object) -> Mint:
    """A mint of a work that stands where `status` says, with the times and the transaction that go with it."""
    collection, now = a_collection(), timezone.now()
    reached = {"requested": 0, "submitted": 1, "mined": 2, "final": 3}.get(status, 0)
    metadata = canonical_json({"name": work.prompt, "image": f"ipfs://{work.file.cid}"})
    return Mint.objects.create(
        work=work, collection=collection, person=work.person, to=ATTESTER.address, status=status,
        metadata_file=store_bytes(data=metadata, media_type="application/json"),
        transaction=_transaction(work, mined=reached > 1) if reached else None,
        submitted_at=now if reached > 0 else None, mined_at=now if reached > 1 else None,
        final_at=now if reached > 2 else None, **fields,
    )  # fmt: skip


def _transaction(work: Work, *, mined: bool) -> Transaction:
    found = Transaction.objects.create(
        chain_id=31337, signer=ATTESTER.address, nonce=Transaction.objects.count(), kind="mint", data=b"",
        status="final" if mined else "sent", hash=work.pixel_hash if mined else None,
        block_number=18 if mined else None, gas_used=104_211 if mined else None,
    )  # fmt: skip
    TransactionAttempt.objects.create(
        transaction=found, raw=b"", hash=work.pixel_hash, max_fee_per_gas=1, max_priority_fee_per_gas=1
    )
    return found
