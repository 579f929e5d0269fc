"""What can be wrong with single fields of a request."""

from decimal import Decimal, InvalidOperation

from api.errors import FieldError
from generation import prompts
from generation.models import DiffusionModel, Job
from generation.publishing.encoding import DEFAULT_QUALITY, LEAST_QUALITY

MAX_SEED = 2**53 - 1
"""the largest integer that every JSON reader holds exactly (RFC 8259 §6)"""
MAX_STEPS = 100
MAX_GUIDANCE = 30
MAX_COUNT = 8
MIN_SIDE = 64
MAX_STRENGTH = 1


def prompt_errors(field: str, text: str, *, required: bool) -> list[FieldError]:
    """What is wrong with a normalised prompt."""
    fault = prompts.fault_of(text, required=required)
    return [FieldError(field=field, code=fault[0], detail=fault[1])] if fault else []


def range_errors(field: str, value: int | None, low: int, high: int) -> list[FieldError]:
    """Whether a number lies between two others, both included; None does."""
    if value is None or low <= value <= high:
        return []
    return [FieldError(field=field, code="out_of_range", detail=f"`{field}` must be from {low} to {high}.")]


def seed_errors(seed: int | None, count: int) -> list[FieldError]:
    """Whether the seeds of all pictures are ones that every JSON reader holds."""
    # The n-th picture has seed + n, so the last one must still fit.
    if seed is None or 0 <= seed <= MAX_SEED - max(count - 1, 0):
        return []
    detail = (
        f"`seed` must be from 0 to {MAX_SEED} (2^53 - 1, the largest integer that every JSON reader holds exactly), "
        "for the last picture too: each has the seed of the one before plus 1."
    )
    return [FieldError(field="seed", code="out_of_range", detail=detail)]


def guidance_errors(value: Decimal | None) -> list[FieldError]:
    """Whether guidance is a number that a recipe can hold."""
    if value is None:
        return []
    if _is_decimal(value, low=Decimal(0), high=Decimal(MAX_GUIDANCE)):
        return []
    detail = f"`guidance_scale` must be a number from 0 to {MAX_GUIDANCE} with at most three decimals."
    return [FieldError(field="guidance_scale", code="out_of_range", detail=detail)]


def size_errors(field: str, value: int | None, model: DiffusionModel) -> list[FieldError]:
    """Whether the model can draw a side of so many pixels."""
    multiple = model.size_multiple
    low = least_side(model)
    if value is None or (low <= value <= model.max_side and value % multiple == 0):
        return []
    detail = f"`{field}` must be a multiple of {multiple} from {low} to {model.max_side} with the model {model.slug}."
    return [FieldError(field=field, code="out_of_range", detail=detail)]


def output_errors(output_format: str, quality: int | None) -> list[FieldError]:
    """Whether files of this format and quality can be published."""
    if output_format not in Job.Format.values:
        known = ", ".join(Job.Format.values)
        return [FieldError(field="format", code="unknown_format", detail=f"`format` must be one of {known}.")]
    if output_format == Job.Format.PNG and quality is not None:
        detail = "PNG keeps every pixel and has no quality: leave `quality` out, or choose jpeg or webp."
        return [FieldError(field="quality", code="out_of_range", detail=detail)]
    return range_errors("quality", quality, LEAST_QUALITY, 100)


def quality_for(output_format: str, quality: int | None) -> int | None:
    """The quality that files of this format get; None for one that keeps every pixel."""
    lossy = output_format != Job.Format.PNG
    return DEFAULT_QUALITY if lossy and quality is None else quality


def least_side(model: DiffusionModel) -> int:
    """The fewest pixels that a side may have with this model."""
    return -(-min(MIN_SIDE, model.max_side) // model.size_multiple) * model.size_multiple


def strength_errors(value: Decimal | None) -> list[FieldError]:
    """Whether a strength is one: more than 0, at most 1, three decimals."""
    if value is None or _is_decimal(value, low=Decimal("0.001"), high=Decimal(MAX_STRENGTH)):
        return []
    detail = (
        "`strength` must be a number from 0.001 to 1 with at most three decimals: 1 keeps nothing of the picture."
    )
    return [FieldError(field="strength", code="out_of_range", detail=detail)]


def _is_decimal(value: object, *, low: Decimal, high: Decimal) -> bool:
    """Whether this is a number in the range with at most three decimals."""
    try:
        number = Decimal(str(value))
        return number.is_finite() and low <= number <= high and number == round(number, 3)
    except InvalidOperation:
        return False


def is_weight(value: object) -> bool:
    """Whether this is the weight of an adapter: -2 to 2 with at most three decimals, and not 0."""
    return _is_decimal(value, low=Decimal(-2), high=Decimal(2)) and Decimal(str(value)) != 0
