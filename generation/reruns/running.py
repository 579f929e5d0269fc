"""A worker's side of a re-run: follow the recipe, compare, and write the signed record."""

import io
from collections.abc import Callable
from typing import Any

from django.db import transaction
from PIL import Image

from generation.models import Rerun, RerunRecord, Work
from generation.publishing.encoding import encode
from generation.publishing.marking import mark_again
from generation.queue import Claim, lock_held_job
from generation.reproducing import Followed, NotReproducible, follow
from generation.reruns.asking import NotAuditable, refuse_unauditable
from generation.reruns.judging import judge_pictures, step_error, tolerance_between
from generation.reruns.latents import kept_latents
from generation.reruns.records import Finding, command_name, opened_leaf, write_record
from generation.storage import read_bytes
from provenance.attestations import from_document
from provenance.digests import from_hex, pixel_hash, to_hex
from provenance.merkle import tree_root
from provenance.reruns import Result, error_billionths, psnr_hundredths
from provenance.statements import attestation_digest, read_document
from provenance.trajectories import TRAJECTORY, chosen_transition, leaf_hash, leaf_hashes

NOTHING = bytes(32)
OnStep = Callable[[float], None]


def run_claimed(claim: Claim, *, on_step: OnStep) -> None:
    """Run what a claimed job asks for and write its record, once. Needs torch.

    `on_step` is told the share that is done; what it raises stops the run. Raises NotReproducible, NotAuditable,
    EngineError, FileUnavailable, LeaseLostError; nothing is written then.
    """
    rerun = Rerun.objects.select_related("work__job", "work__file").get(job=claim.job)
    if RerunRecord.objects.filter(rerun=rerun).exists():
        # A worker died between the record and the end of its job.
        return
    finding = find_out(rerun, on_step=on_step)
    with transaction.atomic():
        held = lock_held_job(claim=claim)
        write_record(rerun=rerun, finding=finding, worker=held.leased_by)


def run_here(rerun: Rerun) -> RerunRecord:
    """Run an unsaved re-run in this process, as a command does; both are written at its end. As `run_claimed`."""
    finding = find_out(rerun, on_step=_unwatched)
    with transaction.atomic():
        rerun.save()
        return write_record(rerun=rerun, finding=finding, worker=command_name())


def find_out(rerun: Rerun, *, on_step: OnStep) -> Finding:
    """Run a work again, or one step of it, and compare. Nothing is written."""
    if rerun.kind == Rerun.Kind.AUDIT:
        return _audited(rerun)
    return _reproduced(rerun.work, on_step=on_step)


def _unwatched(_share: float) -> None:
    """Nobody is told, and nothing stops it."""


def _reproduced(work: Work, *, on_step: OnStep) -> Finding:
    followed = follow(work)
    drawn = followed.painter.draw_alone(followed.drawing, on_step=on_step)
    render_hash = pixel_hash(drawn.image)
    judged = judge_pictures(
        there=_published(work),
        here=_would_be_published(work, drawn.image),
        equal_renders=render_hash == work.drawn_pixels_hash,
    )
    root = tree_root(leaf_hashes(drawn.latents)) if drawn.latents else NOTHING
    return Finding(
        result=judged.result,
        fields={
            "renderHash": to_hex(render_hash),
            "trajectoryRoot": to_hex(root),
            "pdqDistance": str(judged.pdq_distance),
            "psnrHundredths": str(psnr_hundredths(judged.psnr)),
        },
        class_there=followed.class_there,
        class_here=followed.class_here,
    )


def _published(work: Work) -> Image.Image:
    with Image.open(io.BytesIO(read_bytes(work.file))) as file:
        return file.convert("RGB")


def _would_be_published(work: Work, render: Image.Image) -> Image.Image:
    """What the work's file would show, had this been drawn: with its mark, in its format."""
    marked = mark_again(render, work=work)
    return encode(marked, output_format=work.job.output_format, quality=work.job.output_quality).image


def _audited(rerun: Rerun) -> Finding:
    """Open the step that the nonce chooses, run it again, and compare."""
    work = rerun.work
    refuse_unauditable(work)
    root, leaves = _committed(work)
    latents = kept_latents(work.trajectory)
    if latents is None:
        raise NotAuditable(
            "The latents that were kept of this work cannot be read, so no step of it can be checked. The operator "
            "finds the reason in the log; run the work again as a whole instead."
        )
    transition = chosen_transition(root=root, nonce=bytes(rerun.nonce or b""), leaves=leaves)
    followed = follow(work)
    if not followed.painter.can_retrace:
        raise NotAuditable(
            f"The scheduler {followed.painter.scheduler['name']} remembers earlier steps, so one alone cannot be run "
            "again. Run the work again as a whole instead."
        )
    hashes = leaf_hashes(latents)
    opened = [opened_leaf(hashes, index) for index in _opened_by(transition, leaves)]
    compared = _tampered(hashes, transition=transition, root=root) or _retraced(
        work, followed, latents, transition=transition
    )
    return Finding(
        result=compared.pop("result"),
        fields={
            "trajectoryRoot": to_hex(root),
            "leaves": str(leaves),
            "nonce": to_hex(bytes(rerun.nonce or b"")),
            "transition": str(transition),
            **compared,
        },
        class_there=followed.class_there,
        class_here=followed.class_here,
        opened=opened,
    )


def _opened_by(transition: int, leaves: int) -> list[int]:
    """The leaves that a transition leads from and to, where there are such."""
    return [index for index in (transition - 1, transition) if 0 <= index < leaves]


def _committed(work: Work) -> tuple[bytes, int]:
    """Root and number of leaves as they were signed, not as a row says. Raises NotAuditable."""
    attestation, _, attester = from_document(work.attestation)
    about = to_hex(attestation_digest(attestation))
    try:
        signed = read_document(TRAJECTORY, work.trajectory.document)
    except ValueError:
        signed = None
    if signed is None or (signed.signer, signed.message["attestation"]) != (attester, about):
        raise NotAuditable(
            "What stands where this work's commitment to its trajectory should be is not the one signed with "
            "its attestation, so no step can be checked against it. The operator has to look at it."
        )
    return from_hex(signed.message["root"]), int(signed.message["leaves"])


def _tampered(hashes: list[bytes], *, transition: int, root: bytes) -> dict[str, Any] | None:
    """What is said when the kept latents are not those that were committed to."""
    if tree_root(hashes) == root:
        return None
    expected = hashes[transition] if transition < len(hashes) else NOTHING
    return {"result": "differs", "expected": to_hex(expected), "found": to_hex(NOTHING), **_error(float("inf"))}


def _retraced(work: Work, followed: Followed, latents: list[bytes], *, transition: int) -> dict[str, Any]:
    start = latents[transition - 1] if transition else None
    made = followed.painter.retrace(followed.drawing, transition=transition, start=start, leaves=len(latents))
    if made.image is not None:
        return _last_transition(work, followed, made.image)
    expected = latents[transition] if transition < len(latents) else b""
    if made.latents is None or made.before is None:
        # The recipe takes another number of steps.
        return {"result": "differs", "expected": _leaf(transition, expected), "found": to_hex(NOTHING)} | _error(
            float("inf")
        )
    error = step_error(expected=expected, found=made.latents, before=made.before)
    return {
        "result": _step_result(followed, equal=made.latents == expected, error=error),
        "expected": _leaf(transition, expected),
        "found": _leaf(transition, made.latents),
        **_error(error),
    }


def _last_transition(work: Work, followed: Followed, image: Image.Image) -> dict[str, Any]:
    """The last latents decoded: compared as pictures are, in the same class by nothing but equality."""
    found = pixel_hash(image)
    equal = found == work.drawn_pixels_hash
    judged = judge_pictures(there=_published(work), here=_would_be_published(work, image), equal_renders=equal)
    return {
        "result": "differs" if followed.is_same_class and not equal else judged.result,
        "expected": to_hex(work.drawn_pixels_hash),
        "found": to_hex(found),
        **_error(0.0 if equal else 10 ** (-judged.psnr / 20)),
    }


def _step_result(followed: Followed, *, equal: bool, error: float) -> Result:
    if equal:
        return "bit-exact"
    if followed.is_same_class:
        return "differs"
    tolerance = tolerance_between(followed.class_there, followed.class_here)
    if tolerance is None:
        raise NotReproducible(
            f"The work was drawn in {followed.class_there.get('dtype')}, this worker draws in "
            f"{followed.class_here.get('dtype')}: between these, honest steps differ by as much as others do, so "
            "nothing can be told from one. Have it checked by a worker of the work's own class."
        )
    return "within-tolerance" if error <= tolerance else "differs"


def _leaf(step: int, latents: bytes) -> str:
    return to_hex(leaf_hash(step, latents) if latents else NOTHING)


def _error(share: float) -> dict[str, str]:
    return {"errorBillionths": str(error_billionths(share))}
