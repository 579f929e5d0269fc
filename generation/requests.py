"""A request for pictures, checked: every fault is collected, so that one answer names them all."""

import secrets
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from api.errors import FieldError, InvalidInput
from generation import prompts
from generation.encoding import DEFAULT_QUALITY, LEAST_QUALITY
from generation.errors import UnknownModel
from generation.models import DiffusionModel, Job

MAX_SEED = 2**53 - 1
"""the largest integer that every JSON reader holds exactly (RFC 8259 §6)"""
MAX_STEPS = 100
MAX_GUIDANCE = 30
MAX_COUNT = 8
MIN_SIDE = 64


@dataclass(frozen=True, kw_only=True)
class PictureRequest:
    """Everything a job is made from, defaults filled in and checked."""

    model: DiffusionModel
    prompt: str
    negative_prompt: str
    seed: int
    steps: int
    guidance_scale: Decimal
    width: int
    height: int
    count: int
    output_format: str
    output_quality: int | None


def check_request(
    *,
    prompt: str,
    negative_prompt: str,
    model: str | None,
    seed: int | None,
    steps: int | None,
    guidance_scale: Decimal | None,
    width: int | None,
    height: int | None,
    count: int,
    output_format: str,
    output_quality: int | None,
) -> PictureRequest:
    """The request with the model's defaults in place of None.

    Raises InvalidInput naming every field at fault; UnknownModel (an InvalidInput) when the model is among them.
    """
    prompt, negative_prompt = prompts.normalise(prompt), prompts.normalise(negative_prompt)
    errors = [
        *_prompt_errors("prompt", prompt, required=True),
        *_prompt_errors("negative_prompt", negative_prompt, required=False),
        *_range_errors("count", count, 1, MAX_COUNT),
        *_range_errors("steps", steps, 1, MAX_STEPS),
        *_seed_errors(seed, count),
        *_guidance_errors(guidance_scale),
        *_output_errors(output_format, output_quality),
    ]
    chosen = _find_model(model, errors)
    errors += _size_errors("width", width, chosen) + _size_errors("height", height, chosen)
    if errors:
        raise InvalidInput(" ".join(error.detail for error in errors), errors=errors)
    return PictureRequest(
        model=chosen,
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        steps=chosen.default_steps if steps is None else steps,
        guidance_scale=chosen.default_guidance_scale if guidance_scale is None else Decimal(str(guidance_scale)),
        width=chosen.default_width if width is None else width,
        height=chosen.default_height if height is None else height,
        count=count,
        output_format=output_format,
        output_quality=_quality(output_format, output_quality),
    )


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


def _prompt_errors(field: str, text: str, *, required: bool) -> list[FieldError]:
    fault = prompts.fault_of(text, required=required)
    return [FieldError(field=field, code=fault[0], detail=fault[1])] if fault else []


def _range_errors(field: str, value: int | None, low: int, high: int) -> list[FieldError]:
    if value is None or low <= value <= high:
        return []
    return [FieldError(field=field, code="out_of_range", detail=f"`{field}` must be from {low} to {high}.")]


def _seed_errors(seed: int | None, count: int) -> list[FieldError]:
    # The n-th picture has seed + n, so the last one must still fit.
    if seed is None or 0 <= seed <= MAX_SEED - max(count - 1, 0):
        return []
    detail = (
        f"`seed` must be from 0 to {MAX_SEED} (2^53 - 1, the largest integer that every JSON reader holds exactly), "
        "for the last picture too: each has the seed of the one before plus 1."
    )
    return [FieldError(field="seed", code="out_of_range", detail=detail)]


def _guidance_errors(value: Decimal | None) -> list[FieldError]:
    if value is None:
        return []
    try:
        number = Decimal(str(value))
        fits = number.is_finite() and 0 <= number <= MAX_GUIDANCE and number == round(number, 3)
    except InvalidOperation:
        fits = False
    if fits:
        return []
    detail = f"`guidance_scale` must be a number from 0 to {MAX_GUIDANCE} with at most three decimals."
    return [FieldError(field="guidance_scale", code="out_of_range", detail=detail)]


def _output_errors(output_format: str, quality: int | None) -> list[FieldError]:
    if output_format not in Job.Format.values:
        known = ", ".join(Job.Format.values)
        return [FieldError(field="format", code="unknown_format", detail=f"`format` must be one of {known}.")]
    if output_format == Job.Format.PNG and quality is not None:
        detail = "PNG keeps every pixel and has no quality: leave `quality` out, or choose jpeg or webp."
        return [FieldError(field="quality", code="out_of_range", detail=detail)]
    return _range_errors("quality", quality, LEAST_QUALITY, 100)


def _quality(output_format: str, quality: int | None) -> int | None:
    lossy = output_format != Job.Format.PNG
    return DEFAULT_QUALITY if lossy and quality is None else quality


def _size_errors(field: str, value: int | None, model: DiffusionModel) -> list[FieldError]:
    multiple = model.size_multiple
    low = -(-min(MIN_SIDE, model.max_side) // multiple) * multiple
    if value is None or (low <= value <= model.max_side and value % multiple == 0):
        return []
    detail = f"`{field}` must be a multiple of {multiple} from {low} to {model.max_side} with the model {model.slug}."
    return [FieldError(field=field, code="out_of_range", detail=detail)]
