"""The words of C2PA that we write and read, and what goes into a manifest beside the recipe."""

from dataclasses import dataclass, field
from typing import Literal

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
ASSERTION_LABEL = "org.colophon.generation"
"""our own assertion: `{"recipe": …, "attestation": …}` and what was noted when the file was published, as JSON"""
ACTIONS_LABELS = ("c2pa.actions", "c2pa.actions.v2")
SOFT_BINDING_LABEL = "c2pa.soft-binding"
ISCC_ALGORITHM = "io.iscc.v0"
"""in C2PA's list of soft binding algorithms"""
TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's code for what a trained model made; the C2PA library accepts any address here, so we compare it ourselves"""
COMPOSITE_WITH_TRAINED_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's code for what a trained model made out of other pictures"""
AI_MADE = (TRAINED_ALGORITHMIC_MEDIA, COMPOSITE_WITH_TRAINED_MEDIA)
KEPT_INGREDIENT = "upload"
"""the label in the archive of an ingredient whose file is not kept"""
GENERATOR = {"name": "Colophon", "version": "1"}


@dataclass(frozen=True, kw_only=True)
class SoftBinding:
    """A way back to the manifest for a copy that lost it: a watermark or a fingerprint. A hint, never a proof."""

    algorithm: str
    value: bytes


@dataclass(frozen=True, kw_only=True)
class Ingredient:
    """A picture that the new one was made from.

    `data` is its whole file: a manifest in it is carried along. `kept` stands for the file of an upload that had a
    manifest and is not kept itself, see `keep_marks`; then `data` is not looked at. `parentOf` is the one picture
    that was changed into the new one, `componentOf` any other.
    """

    title: str
    media_type: str
    relationship: Literal["parentOf", "componentOf"]
    data: bytes = field(repr=False)
    kept: bytes | None = field(default=None, repr=False)
