"""A request for pictures, checked and completed."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Required, TypedDict
from uuid import UUID

from accounts.models import Person
from api.errors import FieldError, InvalidInput
from generation import prompts
from generation.errors import UnknownModel
from generation.models import DiffusionModel, Job
from generation.modes import Mode
from generation.registry.families import takes_prompt_weighting
from generation.requests.adapters import AdapterUse, adapter_uses
from generation.requests.faults import (
    MAX_COUNT,
    MAX_STEPS,
    guidance_errors,
    output_errors,
    prompt_errors,
    quality_for,
    range_errors,
    seed_errors,
    size_errors,
    strength_errors,
)
from generation.requests.pictures import Sources, find_sources, mode_errors, proposed_size, strength_for
from generation.requests.words import Words, resolve_words


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asked for; None takes the model's default. `init_image` and `mask_image` are ids of uploads."""

    prompt: str
    model: str | None = None
    negative_prompt: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance_scale: Decimal | None = None
    width: int | None = None
    height: int | None = None
    count: int = 1
    prompt_weighting: bool = False
    adapters: Sequence[Mapping[str, object]] = ()
    init_image: UUID | None = None
    init_work: UUID | None = None
    mask_image: UUID | None = None
    strength: Decimal | None = None
    output_format: str = Job.Format.PNG
    output_quality: int | None = None
    mode: Mode | None = None
    """None: what follows from the pictures that are named"""


class WishFields(TypedDict, total=False):
    """What a Wish can be made from: its fields, but for the mode, which follows from the pictures."""

    prompt: Required[str]
    model: str | None
    negative_prompt: str
    seed: int | None
    steps: int | None
    guidance_scale: Decimal | None
    width: int | None
    height: int | None
    count: int
    prompt_weighting: bool
    adapters: Sequence[Mapping[str, object]]
    init_image: UUID | None
    init_work: UUID | None
    mask_image: UUID | None
    strength: Decimal | None
    output_format: str
    output_quality: int | None


@dataclass(frozen=True, kw_only=True)
class PictureRequest:
    """Everything a job is made from, defaults filled in and checked."""

    model: DiffusionModel
    prompt: str
    negative_prompt: str
    words: Words
    prompt_weighting: bool
    seed: int
    steps: int
    guidance_scale: Decimal
    width: int
    height: int
    count: int
    adapters: list[AdapterUse]
    sources: Sources
    strength: Decimal | None
    output_format: str
    output_quality: int | None


def check_request(wish: Wish, *, person: Person) -> PictureRequest:
    """The request with the model's defaults in place of None.

    Raises InvalidInput naming every field at fault; UnknownModel (an InvalidInput) when the model is among them.
    """
    prompt, negative_prompt = prompts.normalise(wish.prompt), prompts.normalise(wish.negative_prompt)
    seed = secrets.randbelow(2**32) if wish.seed is None else wish.seed
    errors = [
        *prompt_errors("prompt", prompt, required=True),
        *prompt_errors("negative_prompt", negative_prompt, required=False),
        *range_errors("count", wish.count, 1, MAX_COUNT),
        *range_errors("steps", wish.steps, 1, MAX_STEPS),
        *seed_errors(wish.seed, wish.count),
        *guidance_errors(wish.guidance_scale),
        *strength_errors(wish.strength),
        *output_errors(wish.output_format, wish.output_quality),
    ]
    sources = _sources_of(wish, person, errors)
    model = _find_model(wish.model, errors)
    errors += size_errors("width", wish.width, model) + size_errors("height", wish.height, model)
    steps = model.default_steps if wish.steps is None else wish.steps
    errors += mode_errors(sources, wish.strength, steps=steps, model=model)
    guidance = model.default_guidance_scale if wish.guidance_scale is None else wish.guidance_scale
    errors += _negative_prompt_errors(negative_prompt, guidance, model, is_faulty=bool(errors))
    errors += _weighting_errors(model, wanted=wish.prompt_weighting)
    adapters = adapter_uses(wish.adapters, model=model, errors=errors)
    words = resolve_words(prompt, negative_prompt, seed=seed, count=wish.count, model=model, errors=errors)
    if errors:
        raise InvalidInput(" ".join(error.detail for error in errors), errors=errors)
    width, height = proposed_size(sources, model)
    return PictureRequest(
        model=model,
        prompt=prompt,
        negative_prompt=negative_prompt,
        words=words,
        prompt_weighting=wish.prompt_weighting,
        seed=seed,
        steps=steps,
        guidance_scale=Decimal(str(guidance)),
        width=width if wish.width is None else wish.width,
        height=height if wish.height is None else wish.height,
        count=wish.count,
        adapters=adapters,
        sources=sources,
        strength=strength_for(sources, wish.strength),
        output_format=wish.output_format,
        output_quality=quality_for(wish.output_format, wish.output_quality),
    )


def _sources_of(wish: Wish, person: Person, errors: list[FieldError]) -> Sources:
    asked = (wish.init_image, wish.init_work, wish.mask_image)
    return find_sources(*asked, person=person, mode=wish.mode, errors=errors)


def _find_model(slug: str | None, errors: list[FieldError]) -> DiffusionModel:
    enabled = DiffusionModel.objects.filter(enabled=True)
    chosen = enabled.first() if slug is None else enabled.filter(slug=slug).first()
    if chosen is not None:
        return chosen
    if slug is None:
        detail = "No model is set up on this site yet. The operator can add one with `manage.py sync_models`."
    else:
        known = ", ".join(enabled.values_list("slug", flat=True)) or "none"
        detail = f"There is no model {slug[:60]!r} here. Known models: {known}."
    unknown = FieldError(field="model", code="unknown_model", detail=detail)
    raise UnknownModel(" ".join(error.detail for error in [unknown, *errors]), errors=[unknown, *errors])


def _negative_prompt_errors(
    text: str, guidance: Decimal, model: DiffusionModel, *, is_faulty: bool
) -> list[FieldError]:
    """A negative prompt steers only the second, unguided pass; where there is none, it would be silently ignored."""
    if not text:
        return []
    if not model.takes_negative_prompt:
        detail = f"The model {model.slug} is distilled and takes no negative prompt. Leave it empty."
    elif not is_faulty and Decimal(str(guidance)) <= 1:
        detail = (
            "With `guidance_scale` at 1 or less there is no second pass, so a negative prompt would change nothing. "
            "Leave it empty, or raise the guidance."
        )
    else:
        return []
    return [FieldError(field="negative_prompt", code="no_effect", detail=detail)]


def _weighting_errors(model: DiffusionModel, *, wanted: bool) -> list[FieldError]:
    if not wanted or takes_prompt_weighting(model.pipeline_class):
        return []
    detail = f"Words cannot be weighted with the model {model.slug}. Leave `prompt_weighting` out."
    return [FieldError(field="prompt_weighting", code="not_with_this_model", detail=detail)]
