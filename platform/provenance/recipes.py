"""The recipe: everything that determines the pixels, as canonical JSON (DESIGN §2).

Numbers that JSON cannot hold exactly everywhere (seeds, guidance) are decimal strings; what is absent is left out,
never null; text is NFC. A private prompt enters as a salted commitment, so neither the recipe nor its hash gives it
away.
"""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import NotRequired, TypedDict

from provenance.canonical import canonical_hash, canonical_json
from provenance.digests import prompt_commitment, to_hex

SCHEMA = "org.colophon.recipe/1"


class ModelIdentity(TypedDict):
    """Which weights: where they came from (a hub id or a name, never a path of this machine) and their digest."""

    source: str
    revision: NotRequired[str]
    model_hash: str


class SchedulerIdentity(TypedDict):
    """The scheduler's class name, and the canonical hash of its configuration as `0x…`."""

    name: str
    config_hash: str


class Adapter(TypedDict):
    """Extra weights (a LoRA, say), their digest as `0x…`, and the strength they were applied with."""

    source: str
    model_hash: str
    scale: str


class ReproducibilityClass(TypedDict):
    """What must be equal, besides the recipe's own values, for pixels to be bit-equal (law 9)."""

    torch: str
    diffusers: str
    transformers: str
    device: str
    """the accelerator's name, or the CPU's instruction set as torch reports it"""
    dtype: str
    threads: int
    attention: str
    slots: int
    """pictures per batch, padded to this number"""
    memory_format: NotRequired[str]
    """`channels_last`; left out when it is the usual one"""
    compile: NotRequired[str]
    """the compiler of torch.compile; left out without one"""
    offload: NotRequired[str]
    """what is moved off the device between uses: `model` or `sequential`; left out when nothing is"""
    peft: NotRequired[str]
    """its version, when adapters were on the weights"""
    compel: NotRequired[str]
    """its version, when words were weighted"""
    pillow: NotRequired[str]
    """its version, when a picture was read and resized"""


class ImageIdentity(TypedDict):
    """A picture that another one was made from: the hash of its file and of its pixels, each as `0x…`."""

    content_hash: str
    pixel_hash: str


class Start(TypedDict):
    """How a picture was made from another one. The part that changes is `strength` (0 to 1, decimal text).

    `mode`: `image_to_image`, `inpainting`, `variation` or `upscale`. The picture is brought to the recipe's size by
    Lanczos, cut evenly to its proportions; a mask likewise by the nearest pixel, and white from grey 128.
    """

    mode: str
    strength: str
    init_image: ImageIdentity
    mask_image: NotRequired[ImageIdentity]


class Recipe(TypedDict):
    """As stored, hashed and published. Either the prompts or their commitments are present, never both."""

    schema: str
    engine_version: str
    model: ModelIdentity
    prompt: NotRequired[str]
    prompt_commitment: NotRequired[str]
    negative_prompt: NotRequired[str]
    negative_prompt_commitment: NotRequired[str]
    seed: str
    steps: int
    guidance_scale: str
    scheduler: SchedulerIdentity
    width: int
    height: int
    adapters: list[Adapter]
    prompt_weighting: NotRequired[str]
    """whose syntax the prompts' weights are in; left out when the words stand for themselves"""
    start: NotRequired[Start]
    """the picture that this one was made from; left out when it was made from words alone"""
    reproducibility_class: ReproducibilityClass


def build_recipe(
    *,
    engine_version: str,
    model: ModelIdentity,
    prompt: str,
    negative_prompt: str = "",
    seed: int,
    steps: int,
    guidance_scale: Decimal,
    scheduler: SchedulerIdentity,
    width: int,
    height: int,
    reproducibility_class: ReproducibilityClass,
    adapters: Sequence[Adapter] = (),
    prompt_weighting: str | None = None,
    start: Start | None = None,
    prompt_salt: bytes | None = None,
) -> Recipe:
    """One picture's recipe. `width` and `height` in pixels; `seed` is this picture's own.

    With `prompt_salt` (32 random bytes) the prompts are private: commitments stand in for them. An empty negative
    prompt is left out. Raises ValueError when a prompt is not NFC (the picture must be drawn from the same text that
    is written here: pass both through `nfc` first), when the salt has another length, or when a value is not
    canonical JSON.
    """
    recipe = Recipe(
        schema=SCHEMA,
        engine_version=engine_version,
        model=model,
        seed=str(seed),
        steps=steps,
        guidance_scale=decimal_text(guidance_scale),
        scheduler=scheduler,
        width=width,
        height=height,
        adapters=list(adapters),
        reproducibility_class=reproducibility_class,
    )
    _add_words(recipe, prompt, negative_prompt, salt=prompt_salt)
    if prompt_weighting is not None:
        recipe["prompt_weighting"] = prompt_weighting
    if start is not None:
        recipe["start"] = start
    canonical_json(recipe)  # so that what cannot be hashed is refused here, not after the picture is drawn
    return recipe


def _add_words(recipe: Recipe, prompt: str, negative_prompt: str, *, salt: bytes | None) -> None:
    """The prompts themselves or, with a salt, their commitments. Raises ValueError."""
    _require_nfc(prompt)
    _require_nfc(negative_prompt)
    if salt is None:
        recipe["prompt"] = prompt
        if negative_prompt:
            recipe["negative_prompt"] = negative_prompt
        return
    recipe["prompt_commitment"] = to_hex(prompt_commitment(salt=salt, prompt=prompt))
    if negative_prompt:
        recipe["negative_prompt_commitment"] = to_hex(prompt_commitment(salt=salt, prompt=negative_prompt))


def recipe_hash(recipe: Recipe) -> bytes:
    """SHA-256 of the recipe's RFC 8785 bytes: 32 bytes, the attestation's `recipeHash`."""
    return canonical_hash(recipe)


def nfc(text: str) -> str:
    """The text in Unicode normalization form C, the only one a recipe holds."""
    return unicodedata.normalize("NFC", text)


def decimal_text(value: Decimal) -> str:
    """One spelling for one number: `7.5`, `2`, `0.001`; no exponent, no trailing zeros. Raises ValueError for NaN."""
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _require_nfc(text: str) -> None:
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("a prompt in a recipe must be in Unicode normalization form C")
