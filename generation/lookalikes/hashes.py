"""The perceptual hashes of works."""

from PIL import Image

from generation.models import PerceptualHash, Work
from provenance.fingerprints import PdqHash, pdq, tiles


def whole_hash(image: Image.Image) -> PdqHash:
    """The hash that a work is published with; its crops' come later, in the background."""
    return pdq(image)


def register(work: Work, image: Image.Image) -> None:
    """Keep the hashes of the whole picture and of its registered crops; what is there already stays."""
    hashes = [pdq(image), *(pdq(tile) for tile in tiles(image))]
    PerceptualHash.objects.bulk_create(
        [
            PerceptualHash(work=work, place=place, bits=each.bits, quality=each.quality)
            for place, each in enumerate(hashes)
        ],
        ignore_conflicts=True,
    )
