"""Works made from works: variations and enlargements."""

import math
from decimal import Decimal
from typing import Any

from accounts.models import Person
from api.errors import FieldError, InvalidInput
from api.models import ApiKey
from generation.models import Job, Work
from generation.modes import Mode
from generation.requests import Wish
from generation.services import queue_wish
from generation.wildcards import escaped

VARIATION_STRENGTHS = {"subtle": Decimal("0.35"), "strong": Decimal("0.7")}
UPSCALE_FACTOR = 2


def vary_work(
    *,
    person: Person,
    work: Work,
    strength: str,
    count: int = 1,
    seed: int | None = None,
    prompt: str | None = None,
    key: ApiKey | None = None,
) -> Job:
    """Queue variations of a work that the person can see: its picture, changed a little or a lot, with a new seed.

    `strength` is a key of VARIATION_STRENGTHS. `prompt` replaces the work's own, which somebody else's private one
    cannot be used without. Raises InvalidInput, UnknownModel, QuotaExceeded.
    """
    if strength not in VARIATION_STRENGTHS:
        detail = f"`strength` is one of {', '.join(VARIATION_STRENGTHS)}."
        raise InvalidInput.for_field("strength", detail)
    chosen = VARIATION_STRENGTHS[strength]
    wish = Wish(
        **_same_as(work, person, chosen, prompt),
        seed=seed,
        count=count,
        width=work.width,
        height=work.height,
        mode=Mode.VARIATION,
    )
    return queue_wish(person=person, wish=wish, private_prompt=_stays_private(work, prompt), key=key)


def upscale_work(
    *, person: Person, work: Work, seed: int | None = None, prompt: str | None = None, key: ApiKey | None = None
) -> Job:
    """Queue an enlargement of a work to twice its sides: Lanczos first, then the model draws the detail.

    How much it draws anew, and from which words, is the model's `upscale_strength`, `upscale_guidance_scale` and
    `upscale_prompt`. Raises InvalidInput (when the model cannot draw so large a picture, too), UnknownModel,
    QuotaExceeded.
    """
    model = work.model
    same = _same_as(work, person, model.upscale_strength, prompt or model.upscale_prompt or None)
    if model.upscale_guidance_scale is not None:
        same["guidance_scale"] = model.upscale_guidance_scale
    if same["guidance_scale"] <= 1:
        same["negative_prompt"] = ""  # without a second pass it says nothing, and would be refused
    wish = Wish(
        **same,
        seed=seed,
        width=work.width * UPSCALE_FACTOR,
        height=work.height * UPSCALE_FACTOR,
        mode=Mode.UPSCALE,
    )
    return queue_wish(person=person, wish=wish, private_prompt=_stays_private(work, prompt), key=key)


def _same_as(work: Work, person: Person, strength: Decimal, prompt: str | None) -> dict[str, Any]:
    """What a work made from this one shares with it."""
    job = work.job
    if prompt is None and work.private_prompt and work.person_id != person.pk:
        detail = "The prompt of this work is private. Give a `prompt` of your own."
        raise InvalidInput(detail, errors=[FieldError(field="prompt", code="required", detail=detail)])
    return {
        # Its words are resolved already: no wildcard is chosen again.
        "prompt": escaped(work.prompt) if prompt is None else prompt,
        "negative_prompt": _negative_prompt(work, person, prompt),
        "model": work.model.slug,
        # The last `strength` of the steps is run: at least one.
        "steps": max(job.steps, math.ceil(1 / strength)),
        "guidance_scale": job.guidance_scale,
        "prompt_weighting": job.prompt_weighting,
        "adapters": job.adapters,
        "output_format": job.output_format,
        "output_quality": job.output_quality,
        "init_work": work.pk,
        "strength": strength,
    }


def _negative_prompt(work: Work, person: Person, prompt: str | None) -> str:
    # With another prompt the new work's recipe is public, its maker's own too: private words must not come along.
    if work.private_prompt and (work.person_id != person.pk or prompt is not None):
        return ""
    return escaped(work.job.negative_prompt_of(work.index))


def _stays_private(work: Work, prompt: str | None) -> bool:
    return work.private_prompt and prompt is None
