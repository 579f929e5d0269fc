"""Which work came from what: in a recipe, and as a graph."""

from generation.models import Job, SourceImage, Work, WorkParent
from generation.modes import Mode
from generation.source_images import TITLE
from generation.storage import read_bytes
from provenance.credentials import Ingredient
from provenance.digests import to_hex
from provenance.recipes import ImageIdentity, Start, decimal_text

ROLES = {
    Mode.VARIATION: WorkParent.Role.VARIATION_OF,
    Mode.UPSCALE: WorkParent.Role.UPSCALE_OF,
}


def start_of(job: Job) -> Start | None:
    """What a recipe says of the pictures that the job starts from; None when it starts from words alone."""
    source = job.init_image or job.init_work
    if source is None or job.strength is None:
        return None
    start = Start(mode=job.mode, strength=decimal_text(job.strength), init_image=_identity(source))
    if job.mask_image is not None:
        start["mask_image"] = _identity(job.mask_image)
    return start


def _identity(source: SourceImage | Work) -> ImageIdentity:
    return ImageIdentity(content_hash=to_hex(bytes(source.file.sha256)), pixel_hash=to_hex(bytes(source.pixel_hash)))


def ingredients_of(job: Job) -> list[Ingredient]:
    """The picture that the job starts from, for the C2PA manifest; the manifest that it had is carried along.

    Of an upload, which is its owner's alone, nothing is told but what its own manifest says.
    """
    if job.init_image is not None:
        return [_uploaded(job.init_image)]
    work = job.init_work
    if work is None:
        return []
    title = "Untitled" if work.private_prompt else work.prompt[:80]
    data, media_type = read_bytes(work.file), work.file.media_type
    return [Ingredient(title=title, media_type=media_type, relationship="parentOf", data=data)]


def _uploaded(image: SourceImage) -> Ingredient:
    kept = None if image.credentials is None else read_bytes(image.credentials)
    data, media_type = read_bytes(image.file), image.file.media_type
    return Ingredient(title=TITLE, media_type=media_type, relationship="parentOf", data=data, kept=kept)


def record_parents(work: Work) -> None:
    """Write down what a new work was made from, as its job says. Part of the transaction that makes the work."""
    job = work.job
    links = []
    if job.init_work_id or job.init_image_id:
        role = ROLES.get(Mode(job.mode), WorkParent.Role.INIT)
        links.append(WorkParent(work=work, role=role, parent_id=job.init_work_id, image_id=job.init_image_id))
    if job.mask_image_id:
        links.append(WorkParent(work=work, role=WorkParent.Role.MASK, image_id=job.mask_image_id))
    WorkParent.objects.bulk_create(links)
