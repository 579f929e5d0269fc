"""The pictures that a request starts from, and what follows from them: mode, size, strength."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.models import Person
from api.errors import FieldError
from generation.models import DiffusionModel, SourceImage, Work
from generation.modes import Mode
from generation.registry.families import modes_of
from generation.requests.faults import least_side

DEFAULT_STRENGTH = {Mode.IMAGE_TO_IMAGE: Decimal("0.6"), Mode.INPAINTING: Decimal(1)}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a picture starts from: an upload or a work, or nothing; and a mask, or none."""

    mode: Mode
    image: SourceImage | None = None
    work: Work | None = None
    mask: SourceImage | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of what it starts from, in pixels."""
        start = self.image or self.work
        return (start.width, start.height) if start else None


def find_sources(
    image: UUID | None,
    work: UUID | None,
    mask: UUID | None,
    *,
    person: Person,
    mode: Mode | None,
    errors: list[FieldError],
) -> Sources:
    """The caller's own uploads, and a work that she can see; what is wrong with them is added to `errors`."""
    mine = SourceImage.objects.filter(person=person)
    found = Sources(
        mode=mode or _mode(image, work, mask),
        image=mine.filter(pk=image).first() if image else None,
        work=Work.objects.visible_to(person).filter(pk=work).first() if work else None,
        mask=mine.filter(pk=mask).first() if mask else None,
    )
    if image and work:
        errors.append(_fault("init_work", "one_only", "Name an upload or a work to start from, not both."))
    for field, asked, there in (("init_image", image, found.image), ("mask_image", mask, found.mask)):
        if asked and there is None:
            errors.append(_fault(field, "unknown_image", "You have no upload with this id."))
    if work and found.work is None:
        errors.append(_fault("init_work", "unknown_work", "There is no work with this id that you can see."))
    if mask and not (image or work):
        errors.append(_fault("mask_image", "no_effect", "A mask needs a picture: name one to start from."))
    return found


def _mode(image: UUID | None, work: UUID | None, mask: UUID | None) -> Mode:
    if mask:
        return Mode.INPAINTING
    return Mode.IMAGE_TO_IMAGE if image or work else Mode.TEXT_TO_IMAGE


def mode_errors(sources: Sources, strength: Decimal | None, *, steps: int, model: DiffusionModel) -> list[FieldError]:
    """Whether the model can work in this mode, and whether strength and steps leave anything to do."""
    mode, possible = sources.mode, modes_of(model.pipeline_class)
    if mode not in possible:
        field = "mask_image" if mode == Mode.INPAINTING else "init_image"
        detail = f"The model {model.slug} cannot do {mode.replace('_', ' ')}; it can do {', '.join(possible)}."
        return [_fault(field, "not_with_this_model", detail)]
    if mode == Mode.TEXT_TO_IMAGE:
        if strength is None:
            return []
        return [_fault("strength", "no_effect", "Strength is how much of a picture changes: name one.")]
    chosen = strength_for(sources, strength)
    # Diffusers runs the last `strength` of the steps.
    if chosen is not None and int(steps * chosen) < 1:
        detail = f"At this strength none of the {steps} steps is run. Ask for more steps, or for more strength."
        return [_fault("strength", "out_of_range", detail)]
    return []


def strength_for(sources: Sources, strength: Decimal | None) -> Decimal | None:
    """How much of the picture changes, 0 to 1; None without a picture."""
    return Decimal(str(strength)) if strength is not None else DEFAULT_STRENGTH.get(sources.mode)


def proposed_size(sources: Sources, model: DiffusionModel) -> tuple[int, int]:
    """Of what it starts from, made to fit the model; else the model's default. Pixels."""
    if sources.size is None:
        return model.default_width, model.default_height
    longest = max(sources.size)
    scale = min(1.0, model.max_side / longest)
    width, height = (_fitted(round(side * scale), model) for side in sources.size)
    return width, height


def _fitted(side: int, model: DiffusionModel) -> int:
    multiple = model.size_multiple
    return max(least_side(model), min(side, model.max_side) // multiple * multiple)


def _fault(field: str, code: str, detail: str) -> FieldError:
    return FieldError(field=field, code=code, detail=detail)
