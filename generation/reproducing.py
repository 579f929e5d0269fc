"""Drawing a work again from its recipe, alone, to see whether the same pixels come out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from api.errors import Conflict
from generation.engine import ENGINE_VERSION
from generation.lineage import start_of
from generation.making import drawing_of
from generation.models import DiffusionModel, Work
from generation.sampling import is_guided
from provenance.digests import from_hex, pixel_hash, prompt_commitment, to_hex
from provenance.recipes import Recipe

if TYPE_CHECKING:
    from generation.engine.painter import Painter
    from generation.engine.rendering import Drawing


class NotReproducible(Conflict):
    """The recipe cannot be followed here; `detail` says what is missing or what differs."""

    code = "not_reproducible"


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What came out when a recipe was followed again: pixel hashes (32 bytes) of the picture as it was drawn.

    That is before the watermark, which is each work's own and needs the platform's key.
    """

    render_hash_there: bytes
    render_hash_here: bytes
    class_there: dict[str, Any]
    class_here: dict[str, Any]

    @property
    def is_equal(self) -> bool:
        """Whether every pixel is the same."""
        return self.render_hash_here == self.render_hash_there


def find_work(name: str) -> Work | None:
    """The work with this id or content hash (`0x…` or bare hex)."""
    try:
        digest = from_hex(name if name.startswith("0x") else f"0x{name}")
    except ValueError:
        digest = b""
    if len(digest) == 32:
        return Work.objects.filter(content_hash=digest).first()
    text = name.replace("-", "").lower()
    is_id = len(text) == 32 and set(text) <= set("0123456789abcdef")
    return Work.objects.filter(Q(pk=text)).first() if is_id else None


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A recipe that can be followed here: by whom, what is to be drawn, and in which class there and here."""

    painter: "Painter"
    drawing: "Drawing"
    class_there: dict[str, Any]
    class_here: dict[str, Any]

    @property
    def is_same_class(self) -> bool:
        """Whether equal pixels can be expected."""
        return self.class_there == self.class_here


def reproduce(work: Work) -> Reproduction:
    """Draw the work again in its recipe's slots, with nobody beside it. Needs torch: for workers and commands only.

    Raises NotReproducible when this machine cannot follow the recipe bit for bit; EngineError when drawing fails.
    """
    followed = follow(work)
    _refuse_another_class(followed)
    return Reproduction(
        render_hash_there=work.drawn_pixels_hash,
        render_hash_here=pixel_hash(followed.painter.draw_alone(followed.drawing).image),
        class_there=followed.class_there,
        class_here=followed.class_here,
    )


def follow(work: Work) -> Followed:
    """Get ready to follow a work's recipe, in this machine's class, whichever that is. Needs torch.

    Raises NotReproducible when the recipe cannot be followed at all: another engine, other weights, adapters or
    pictures, a prompt that is not here. EngineError when the model cannot be loaded.
    """
    recipe: Mapping[str, Any] = work.recipe
    refuse_unknown(recipe)
    prompt, negative_prompt = _prompts(work)
    model = _model_with(recipe["model"])
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.painter import painter_for

    scale = Decimal(recipe["guidance_scale"])
    painter = painter_for(
        model,
        width=recipe["width"],
        height=recipe["height"],
        guided=is_guided(scale),
        slots=recipe["reproducibility_class"]["slots"],
    )
    # The job has what the recipe only names: adapters and pictures. Whether they are the same ones is looked at.
    drawing = replace(
        drawing_of(work.job, [work.index]),
        prompts=[prompt],
        negative_prompts=[negative_prompt],
        prompt_weighting="prompt_weighting" in recipe,
        seeds=[int(recipe["seed"])],
        steps=recipe["steps"],
        guidance_scale=float(scale),
        width=recipe["width"],
        height=recipe["height"],
    )
    _refuse_another_recipe(work, painter, drawing)
    return Followed(
        painter=painter,
        drawing=drawing,
        class_there=dict(recipe["reproducibility_class"]),
        class_here=dict(painter.class_for(drawing)),
    )


def refuse_unknown(recipe: Mapping[str, Any]) -> None:
    """Say so rather than draw something else from a recipe of another engine. Raises NotReproducible."""
    if recipe["engine_version"] != ENGINE_VERSION:
        raise NotReproducible(
            f"The work was drawn by {recipe['engine_version']}; here is {ENGINE_VERSION}, which can draw other "
            "pixels from the same recipe."
        )
    unknown = sorted(set(recipe) - set(Recipe.__annotations__))
    if unknown:
        raise NotReproducible(f"The recipe says more than this release can follow: {', '.join(unknown)}.")


def _prompts(work: Work) -> tuple[str, str]:
    """The prompt and the negative prompt, exactly those that the recipe holds or is committed to."""
    recipe: Mapping[str, Any] = work.recipe
    if "prompt" in recipe:
        return recipe["prompt"], recipe.get("negative_prompt", "")
    if work.prompt_salt is None:
        raise NotReproducible(
            "The prompt is private: the recipe holds only a commitment to it, and its salt is not here. "
            "Only who has the salt can follow this recipe."
        )
    salt, negative_prompt = bytes(work.prompt_salt), work.job.negative_prompt_of(work.index)
    held = {"prompt_commitment": work.prompt, "negative_prompt_commitment": negative_prompt}
    for name, text in held.items():
        if name in recipe and recipe[name] != to_hex(prompt_commitment(salt=salt, prompt=text)):
            raise NotReproducible("The private prompt kept here is not the one that the recipe is committed to.")
    return work.prompt, negative_prompt


def _model_with(identity: Mapping[str, Any]) -> DiffusionModel:
    """The model whose files have the recipe's hash now."""
    from generation.registry import local_source, refresh_hash

    wanted = from_hex(identity["model_hash"])
    for model in DiffusionModel.objects.filter(model_hash=wanted):
        source: Path | None = local_source(model)
        if source is not None:
            try:
                refresh_hash(model, source)
            except (OSError, ValueError):
                continue
        if bytes(model.model_hash or b"") == wanted:
            return model
    raise NotReproducible(
        f"The weights of {identity['source']} with the hash {identity['model_hash']} are not here: the files are "
        "missing, or have changed since."
    )


def _refuse_another_recipe(work: Work, painter: "Painter", drawing: "Drawing") -> None:
    """Raise NotReproducible when what is here is not what the recipe names."""
    recipe: Mapping[str, Any] = work.recipe
    there = {
        "scheduler": recipe["scheduler"],
        "model": recipe["model"]["model_hash"],
        "adapters": recipe["adapters"],
        "start": recipe.get("start"),
    }
    here = {
        "scheduler": painter.scheduler,
        "model": painter.model["model_hash"],
        "adapters": [adapter.identity for adapter in drawing.adapters],
        "start": start_of(work.job),
    }
    if different := _differences(there, here):
        raise NotReproducible(f"What the recipe names is not here: {different}.")


def _refuse_another_class(followed: Followed) -> None:
    if different := _differences(followed.class_there, followed.class_here):
        raise NotReproducible(
            f"This machine draws in another class, so equal pixels cannot be expected: {different}."
        )


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name} was {there.get(name)}, here it is {here.get(name)}"
        for name in sorted(set(there) | set(here))
        if there.get(name) != here.get(name)
    )
