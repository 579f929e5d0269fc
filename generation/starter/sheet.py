"""The contact sheet: 48 fixed prompts, one fixed seed each, nothing selected."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image, ImageDraw, ImageFont

from generation.starter.evaluation import paint

PROMPTS: Final[tuple[str, ...]] = (
    "mountains with a sun in a sunset palette",
    "paper cut hills and a yellow sun under a sky blue sky",
    "waves with a moon in ocean colors",
    "a city and a moon in a night palette",
    "forest with a sun in autumn colors",
    "watercolor mountains with a moon in a forest palette",
    "desert palette, hills with a sun, risograph style",
    "mountains with a moon in an aurora palette",
    "a red heart on a cream background",
    "a yellow star on a navy background",
    "a large white moon on a purple background",
    "an orange sun on a sky blue background",
    "a pink flower on a teal background, paper cut style",
    "a green tree on a peach background",
    "watercolor blue flower on a white background",
    "risograph red house on a cream background",
    "neon pink heart on a black background",
    "neon turquoise star on a navy background",
    "line art black flower on a cream background",
    "line drawing of a white boat on a blue background",
    "gradient coral circle on a lavender background",
    "a magenta hexagon on a mint background, gradient style",
    "paper cut gold star on a maroon background",
    "a white cloud on a sky blue background, paper cut",
    "three yellow stars on a navy background",
    "two red hearts on a pink background",
    "four orange suns on a teal background",
    "five white moons on a black background",
    "six green pines on a cream background",
    "three purple flowers on a lime background, watercolor style",
    "a small red circle on the left on a white background",
    "a yellow moon in the top right corner on a navy background",
    "a blue square at the bottom on a peach background",
    "an orange boat on a turquoise background",
    "a red circle to the left of a blue square on a cream background",
    "a gold star above a green tree on a navy background",
    "a white heart inside a red circle on a pink background",
    "a yellow sun above a blue boat on a mint background",
    "a white house below a gray cloud on a green background, paper cut style",
    "red and cream checkerboard",
    "coral and navy rays",
    "blue flow lines on a cream background",
    "teal concentric rings on a peach background",
    "diagonal stripes in candy colors",
    "polka dots in a pastel palette",
    "organic shapes in autumn colors",
    "purple grid on a lavender background",
    "blobs in a sunset palette, watercolor",
)
COLUMNS: Final = 8
TILE: Final = 256
GAP: Final = 8
CAPTION: Final = 34
PAPER, INK = (250, 248, 244), (28, 26, 23)
SEED: Final = 2026
LARGEST: Final = 1_200_000


def contact_sheet(pipeline: StableDiffusionPipeline, *, steps: int, guidance: float) -> Image.Image:
    """All prompts as one picture, each with its words below."""
    pictures = []
    for start in range(0, len(PROMPTS), COLUMNS):
        prompts = list(PROMPTS[start : start + COLUMNS])
        generators = [torch.Generator().manual_seed(SEED + start + index) for index in range(len(prompts))]
        pictures += paint(pipeline, prompts, generators, steps=steps, guidance=guidance)
    rows = -(-len(PROMPTS) // COLUMNS)
    cell_width, cell_height = TILE + GAP, TILE + GAP + CAPTION
    sheet = Image.new("RGB", (COLUMNS * cell_width + GAP, rows * cell_height + GAP), PAPER)
    canvas, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, (prompt, picture) in enumerate(zip(PROMPTS, pictures, strict=True)):
        x, y = GAP + index % COLUMNS * cell_width, GAP + index // COLUMNS * cell_height
        sheet.paste(Image.fromarray(picture), (x, y))
        canvas.multiline_text((x, y + TILE + 2), _wrapped(prompt), fill=INK, font=font, spacing=1)
    return sheet


def _wrapped(prompt: str, width: int = 40) -> str:
    if len(prompt) <= width:
        return prompt
    cut = prompt.rfind(" ", 0, width)
    return f"{prompt[:cut]}\n{prompt[cut + 1 :]}"


def save_sheet(sheet: Image.Image, path: Path) -> int:
    """Write the sheet as a true-colour PNG, smaller where it must be, and give its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    share = 1.0
    while True:
        width, height = (round(side * share) for side in sheet.size)
        sheet.resize((width, height), Image.Resampling.LANCZOS).save(path, optimize=True)
        if (size := path.stat().st_size) <= LARGEST:
            return size
        share *= 0.85
