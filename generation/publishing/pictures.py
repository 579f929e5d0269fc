"""From pixels to a work: hash, attest, embed, hash, store, all in the order of DESIGN §4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from PIL import Image

from generation.comparing import wake_comparing
from generation.lineage import ingredients_of, record_parents
from generation.lookalikes.hashes import whole_hash
from generation.models import Job, PerceptualHash, Work
from generation.notices import announce
from generation.placeholders import thumbhash_of
from generation.previews import preview_of
from generation.publishing.encoding import encode
from generation.publishing.marking import MarkedPicture, mark_render, signed
from generation.publishing.noting import Making, Note, write_note
from generation.publishing.signing import sign_file
from generation.publishing.timestamping import note_stamp
from generation.queue import Claim, LeaseLostError, lock_held_job, succeed
from generation.reruns.committing import Commitment, commit_to, note_trajectory
from generation.storage import store_bytes, store_plain
from provenance import watermarks
from provenance.canonical import canonical_json
from provenance.credentials import ISCC_ALGORITHM, Ingredient, SoftBinding
from provenance.digests import content_hash, to_hex
from provenance.fingerprints import PdqHash, iscc_image_code


@dataclass(frozen=True, kw_only=True)
class _Published:
    """A picture ready to be written down: its file and everything that is known of it."""

    marked: MarkedPicture
    image: Image.Image
    data: bytes
    media_type: str
    note: Note
    commitment: Commitment | None
    iscc: str
    stamped: bool


def publish_picture(
    *,
    claim: Claim,
    index: int,
    image: Image.Image,
    making: Making,
    steps_done: int,
    flag_reason: str = "",
    safety: Mapping[str, Any] | None = None,
    ingredients: Sequence[Ingredient] = (),
    latents: Sequence[bytes] = (),
    is_last: bool = False,
) -> Work:
    """Write down how the picture was made, sign it, and make it a work; watchers see it at once.

    Files, rows and the job's progress are one transaction under the job's lock: a worker that lost its lease
    publishes nothing. A `flag_reason` has the work shown blurred until a curator has looked. `ingredients` are the
    files that it was made from, `latents` what the engine recorded after each step. With `is_last` the job succeeds
    in the same transaction, if it has all its pictures then. What is published already is not published again: the
    process may have died before it could say so. Raises LeaseLostError, StorageFull, CredentialsNotEmbedded.
    """
    job = claim.job
    ready = _prepare(
        job=job,
        index=index,
        image=image,
        making=making,
        ingredients=ingredients or ingredients_of(job),
        latents=latents,
    )
    fingerprint, preview = whole_hash(ready.image), preview_of(ready.image)
    with transaction.atomic():
        try:
            held = lock_held_job(claim=claim)
        except LeaseLostError:
            return _published_before(job, index, ready)
        made = set(held.works.values_list("index", flat=True))
        if index in made:
            return held.works.get(index=index)
        judged = {"flagged": bool(flag_reason), "flag_reason": flag_reason, "safety": safety or {}}
        work = _write_down(held, index, ready, fingerprint=fingerprint, preview=preview, latents=latents, **judged)
        _go_on(held, step=steps_done, succeeds=is_last and len(made) + 1 == held.count)
        if is_last:
            # Once for a job: those before it may wait for the clock.
            transaction.on_commit(wake_comparing)
    return work


def _write_down(
    held: Job,
    index: int,
    ready: _Published,
    *,
    fingerprint: PdqHash,
    preview: bytes,
    latents: Sequence[bytes],
    **judged: Any,  # noqa: ANN401 - columns of the work
) -> Work:
    """The work's row, and what hangs on it."""
    work = Work.objects.create(
        **_row_of(ready),
        **_row_from(held, index),
        **judged,
        preview_path=store_plain(data=preview, folder="previews", extension="webp"),
    )
    record_parents(work)
    PerceptualHash.objects.create(work=work, place=0, bits=fingerprint.bits, quality=fingerprint.quality)
    note_stamp(work, in_file=ready.stamped)
    note_trajectory(work, ready.commitment, latents=latents, worker=held.leased_by)
    return work


def _published_before(job: Job, index: int, ready: _Published) -> Work:
    """The work, when this very picture was published under the lease that has ended since. Raises LeaseLostError."""
    work = Work.objects.filter(job=job.pk, index=index, render_hash=ready.marked.render_hash).first()
    if work is None:
        raise LeaseLostError
    return work


def _go_on(held: Job, *, step: int, succeeds: bool) -> None:
    """Write how far the job is; its row is locked."""
    held.step = step
    if succeeds:
        succeed(held)
        return
    held.revision += 1
    held.save(update_fields=["step", "revision"])
    announce(held)


def _row_from(held: Job, index: int) -> dict[str, Any]:
    """What a work takes over from its job."""
    return {
        "job": held,
        "index": index,
        "person_id": held.person_id,
        "model_id": held.model_id,
        "prompt": held.prompt_of(index),
        "private_prompt": held.private_prompt,
        "seed": held.seed + index,
    }


def _prepare(
    *,
    job: Job,
    index: int,
    image: Image.Image,
    making: Making,
    ingredients: Sequence[Ingredient],
    latents: Sequence[bytes],
) -> _Published:
    """Mark, encode, hash, attest, commit to the trajectory and embed, in this order (DESIGN §4)."""
    marked = mark_render(image)
    encoded = encode(marked.image, output_format=job.output_format, quality=job.output_quality)
    note = write_note(job=job, index=index, image=encoded.image, making=making)
    commitment = commit_to(latents, attestation=note.attestation, render_hash=marked.render_hash)
    iscc = iscc_image_code(encoded.image)
    beside = {"published": encoded.note, "watermark": _watermark_note(marked)}
    file = sign_file(
        encoded.data,
        media_type=encoded.media_type,
        recipe=note.recipe,
        attestation_document=note.attestation,
        title=_title(job, index),
        note=beside if commitment is None else {**beside, "trajectory": commitment.document},
        soft_bindings=_soft_bindings(iscc, marked),
        ingredients=ingredients,
    )
    return _Published(
        marked=marked,
        image=encoded.image,
        data=file.data,
        media_type=encoded.media_type,
        note=note,
        commitment=commitment,
        iscc=iscc,
        stamped=file.stamped,
    )


def _row_of(ready: _Published) -> dict[str, Any]:
    """The columns that the picture decides; its file and its recipe are stored on the way."""
    note, issued = ready.note, ready.marked.watermark_id
    return {
        "width": ready.image.width,
        "height": ready.image.height,
        "file": store_bytes(data=ready.data, media_type=ready.media_type),
        "thumbhash": thumbhash_of(ready.image),
        "content_hash": content_hash(ready.data),
        "pixel_hash": note.pixel_hash,
        "render_hash": ready.marked.render_hash,
        "watermark_id": None if issued is None else signed(issued),
        "watermark_version": ready.marked.version,
        "iscc": ready.iscc,
        "recipe_hash": note.recipe_hash,
        "recipe_file": store_bytes(data=canonical_json(note.recipe), media_type="application/json"),
        "recipe": note.recipe,
        "attestation": note.attestation,
        "prompt_salt": note.prompt_salt,
    }


def _watermark_note(marked: MarkedPicture) -> dict[str, str]:
    """What the manifest says of the mark: running the recipe again gives the pixels before it."""
    scheme = "none" if marked.watermark_id is None else watermarks.SCHEME
    meaning = "a hint where to look, never a proof"
    version = str(marked.version)
    return {"scheme": scheme, "version": version, "meaning": meaning, "render_hash": to_hex(marked.render_hash)}


def _soft_bindings(iscc: str, marked: MarkedPicture) -> list[SoftBinding]:
    bindings = [SoftBinding(algorithm=ISCC_ALGORITHM, value=iscc.encode("ascii"))]
    if marked.watermark_id is not None:
        bindings.append(SoftBinding(algorithm=watermarks.SCHEME, value=marked.watermark_id.to_bytes(8)))
    return bindings


def _title(job: Job, index: int) -> str:
    return "Untitled" if job.private_prompt else job.prompt_of(index)[:80]
