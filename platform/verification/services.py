"""Is this file, or this hash, one of ours? Layer by layer, and nothing claimed that is not so (law 8)."""

from collections.abc import Iterable

from api.errors import InvalidInput, Problem
from generation.models import Work
from generation.storage import read_bytes
from provenance import digests
from verification.copies import may_be_an_unmarked_copy
from verification.credentials_layer import credentials_layer
from verification.evidence import Evidence, gather
from verification.hint_layers import look_alike_layer, watermark_layer
from verification.layers import VOUCHES, attestation_layer, content_layer, pixel_layer, recipe_layer
from verification.pictures import Picture, open_picture
from verification.reexecution_layer import reexecution_layer
from verification.reports import Layer, Report, Verdict, short
from verification.token_layers import Burnt, Search, chain_layer, find_token, metadata_layer

__all__ = ["Layer", "Report", "verify_content_hash", "verify_file"]


COPY = (
    "A changed copy of a work made here: it carries that work's mark and looks the same, but neither the file nor "
    "its pixels are the ones that were signed."
)
RESEMBLES = (
    "It looks like a work shown here, but carries nothing that ties it to that work. Look at both, side by side, "
    "below."
)
UNMARKED = "A copy of that work would carry no mark to tell it by, so this may be one: looks alone cannot say."
PROVING = ("content_hash", "pixel_hash", "c2pa", "attestation", "recipe", "reexecution", "metadata")
"""layers that have to hold for a file made here; the others tell where else to look"""


def verify_file(data: bytes) -> Report:
    """Check the exact bytes of an uploaded file; nothing is kept.

    Raises InvalidInput for what is too large, no PNG, JPEG or WebP picture, or too damaged to be decoded.
    """
    picture = open_picture(data)
    return _report(gather(content_hash=digests.content_hash(data), data=data, picture=picture))


def verify_content_hash(content_hash: bytes) -> Report:
    """Check what is recorded under this SHA-256, here and on the chain.

    When the file itself is kept here, its bytes are hashed, decoded and read again, not taken from the record. Raises
    InvalidInput when the hash is not 32 bytes.
    """
    if len(content_hash) != 32:
        raise InvalidInput.for_field(
            "content_hash", "A SHA-256 has 64 hexadecimal digits, with or without 0x in front. Nothing was checked."
        )
    data = _kept_bytes(content_hash)
    picture = None if data is None else _picture_or_none(data)
    return _report(gather(content_hash=content_hash, data=data, picture=picture))


def _kept_bytes(content_hash: bytes) -> bytes | None:
    """The work's file, its hash checked; None when there is no such work or its file is missing or damaged."""
    work = Work.objects.select_related("file").filter(content_hash=content_hash).first()
    if work is None:
        return None
    try:
        return read_bytes(work.file)
    except Problem:
        return None


def _picture_or_none(data: bytes) -> Picture | None:
    # A limit lowered since then must not make our own works uncheckable.
    try:
        return open_picture(data)
    except InvalidInput:
        return None


def _report(evidence: Evidence) -> Report:
    # A stripped copy finds its work by its pixels, a changed one by its mark, and through the work its token.
    work = evidence.work or evidence.copied
    search = find_token(evidence.content_hash if work is None else bytes(work.content_hash))
    layers = [
        content_layer(evidence),
        pixel_layer(evidence),
        credentials_layer(evidence.credentials, stamped_beside=evidence.stamped_beside),
        attestation_layer(evidence),
        recipe_layer(evidence),
        reexecution_layer(evidence),
        watermark_layer(evidence),
        look_alike_layer(evidence),
        chain_layer(search, of_the_original=evidence.copied is not None),
    ]
    if search.token is not None:
        layers.append(metadata_layer(search.token))
    verdict, sentence = _verdict(evidence, search)
    return Report(
        verdict=verdict,
        sentence=" ".join([sentence, *_reservations(layers, verdict)]),
        content_hash=digests.to_hex(evidence.content_hash),
        work_id=evidence.public_work_id,
        token=None if search.token is None else search.token.as_json(),
        layers=tuple(layers),
        matches=evidence.matches,
    )


def _verdict(evidence: Evidence, search: Search) -> tuple[Verdict, str]:
    token, burnt = search.token, search.burnt
    if evidence.same_pixels_only:
        of_token = f", which is a token in {token.collection.name}" if token is not None else ""
        if burnt is not None:
            of_token = f" ({burnt.sentence})"
        return "same_pixels", f"The same pixels as a work recorded here{of_token}, but in another file."
    if token is not None and evidence.copied is None:
        owner = short(token.state.owner)
        return "is_token", f"This exact file is a token in {token.collection.name} and belongs to {owner}."
    if evidence.work is not None:
        of_chain = "the chain has shown no token of it" if burnt is None else burnt.sentence
        return "is_work", f"This exact file was made here; {of_chain}."
    return _verdict_on_looks(evidence, burnt)


def _verdict_on_looks(evidence: Evidence, burnt: Burnt | None) -> tuple[Verdict, str]:
    if evidence.copied is not None:
        return "copy", COPY
    if evidence.matches:
        return "resembles", f"{RESEMBLES} {UNMARKED}" if may_be_an_unmarked_copy(evidence.matches) else RESEMBLES
    if burnt is not None:
        return "unknown", f"Nothing recorded here has these bytes or these pixels, but {burnt.sentence}."
    return "unknown", "Nothing recorded here has these bytes or these pixels. That does not say who or what made it."


def _reservations(layers: Iterable[Layer], verdict: Verdict) -> Iterable[str]:
    """What has to be said next to the verdict, so that it claims no more than was shown."""
    if verdict == "unknown":
        return
    states = {layer.name: layer.state for layer in layers}
    ours = ("attestation", "recipe", "reexecution", "metadata") if verdict not in {"is_token", "is_work"} else PROVING
    failed = [name for name in ours if states.get(name) == "does_not_hold"]
    if failed:
        yield f"But not everything holds: see {', '.join(failed)} below."
    if states["attestation"] == "holds":
        yield VOUCHES
