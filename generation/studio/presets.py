"""Presets: choices under a name that fill in the prompt line. A few come with Colophon; the others are one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Person
from api.errors import Conflict
from generation.models import DiffusionModel
from generation.studio.errors import NameTaken
from generation.studio.models import Preset
from generation.studio.names import checked_name

LONGEST_NAME = 40
MOST_PRESETS = 50
"""of one person"""
KEPT = frozenset(
    {
        "model", "count", "shape", "negative_prompt", "width", "height", "steps", "guidance_scale", "seed", "format",
        "quality",
    }
)  # fmt: skip
"""fields of the prompt line that a preset keeps; the prompt is what changes from picture to picture"""


class TooManyPresets(Conflict):
    """The person has as many presets as one person may have."""

    code = "too_many_presets"


@dataclass(frozen=True, kw_only=True)
class ShippedPreset:
    """Choices that fit every model: steps are told as a share of the model's own."""

    slug: str
    name: str
    steps_share: float | None = None
    shape: str = ""
    count: int = 1

    def choices(self, *, model: DiffusionModel) -> dict[str, str]:
        """The fields it fills in, for this model."""
        steps = "" if self.steps_share is None else str(max(1, round(model.default_steps * self.steps_share)))
        return {"count": str(self.count), "shape": self.shape, "steps": steps}


SHIPPED = (
    ShippedPreset(slug="sketches", name="Four quick sketches", steps_share=0.5, count=4),
    ShippedPreset(slug="careful", name="One, carefully", steps_share=2),
    ShippedPreset(slug="portraits", name="Portraits, two", shape="portrait", count=2),
    ShippedPreset(slug="panorama", name="Panorama", shape="wide"),
)


def save_preset(*, person: Person, name: str, choices: Mapping[str, str]) -> Preset:
    """Keep the choices under a name. Raises InvalidInput, NameTaken, TooManyPresets."""
    name = checked_name(name, longest=LONGEST_NAME)
    if person.presets.count() >= MOST_PRESETS:
        raise TooManyPresets(f"You have {MOST_PRESETS} presets, as many as one person may have. Delete one first.")
    kept = {
        field: str(value)[:1000]
        for field, value in choices.items()
        if value and (field in KEPT or field.startswith("adapter-"))
    }
    try:
        with transaction.atomic():
            return Preset.objects.create(person=person, name=name, choices=kept)
    except IntegrityError as error:
        detail = f"You have a preset named “{name}” already. Nothing was changed: choose another name."
        raise NameTaken(detail) from error


def delete_preset(*, person: Person, preset_id: str) -> None:
    """Forget a preset of one's own. One that is not there is gone already."""
    if own := _own(preset_id, person=person):
        own.delete()


def choices_under(name: str, *, person: Person, model: DiffusionModel) -> dict[str, str] | None:
    """The choices of a shipped preset, by its slug, or of one's own, by its id; None when there is no such."""
    shipped = next((preset for preset in SHIPPED if preset.slug == name), None)
    if shipped is not None:
        return shipped.choices(model=model)
    own = _own(name, person=person)
    return dict(own.choices) if own else None


def _own(preset_id: str, *, person: Person) -> Preset | None:
    try:
        return Preset.objects.filter(person=person, pk=UUID(preset_id)).first()
    except ValueError:
        return None
