"""The objects: each motif is a few parts, and each part a signed distance with a paint.

Paints: `main` is the colour the caption names, `deep` a darker shade of it, `accent` a colour that stands out,
`wood` brown.
All shapes are drawn around the origin with a reach of about 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from generation.starter.drawing.geometry import Field, Shape, box, circle, convex, fold, star, union

Part = tuple[Shape, str]

# Half a square's side. `scenes.REACH` is the reach at which this is one pixel of the latents.
SIDE: Final = 1 / 1.2


def _heart(x: Field, y: Field) -> Field:
    """Two discs and the kite that touches both and ends in the tip; they meet low, so that the cleft stays open."""
    lobe = circle(np.abs(x) - np.float32(0.48), y + np.float32(0.36), 0.5)
    kite = convex(x, y, ((0.48, -0.36), (0.893, -0.079), (0.0, 1.0), (-0.893, -0.079), (-0.48, -0.36)))
    return union(lobe, kite)


def _crescent(x: Field, y: Field) -> Field:
    return np.maximum(circle(x, y, 1.0), -circle(x - np.float32(0.5), y + np.float32(0.14), 0.82))


def _petals(x: Field, y: Field) -> Field:
    across, along = fold(x, y, 6)
    return union(circle(across, along - np.float32(0.66), 0.345), circle(x, y, 0.55))


def _crown(x: Field, y: Field) -> Field:
    return union(
        circle(x, y + np.float32(0.46), 0.5),
        circle(x - np.float32(0.38), y + np.float32(0.12), 0.4),
        circle(x + np.float32(0.38), y + np.float32(0.12), 0.4),
    )


def _fir(x: Field, y: Field) -> Field:
    tiers = [
        ((0.0, -1.05), (0.62, -0.05), (-0.62, -0.05)),
        ((0.0, -0.55), (0.82, 0.68), (-0.82, 0.68)),
    ]
    return union(*(convex(x, y, tier) for tier in tiers))


def _cloud(x: Field, y: Field) -> Field:
    puffs = union(
        circle(x + np.float32(0.58), y - np.float32(0.14), 0.36),
        circle(x + np.float32(0.08), y + np.float32(0.18), 0.52),
        circle(x - np.float32(0.54), y - np.float32(0.06), 0.42),
        box(x, y - np.float32(0.3), 0.6, 0.2),
    )
    flat_below: Field = np.maximum(puffs, y - np.float32(0.5))
    return flat_below


def _polygon(corners: int) -> Shape:
    def distance(x: Field, y: Field) -> Field:
        _, along = fold(x, y, corners)
        return along - np.float32(np.cos(np.pi / corners))

    return distance


def _turned_square(x: Field, y: Field) -> Field:
    return (np.abs(x) * np.float32(1.4) + np.abs(y) - np.float32(1.08)) * np.float32(0.58)


MOTIFS: Final[dict[str, tuple[Part, ...]]] = {
    "circle": ((lambda x, y: circle(x, y, 0.95), "main"),),
    "square": ((lambda x, y: box(x, y, SIDE, SIDE), "main"),),
    "triangle": ((lambda x, y: convex(x, y, ((0, -0.95), (1.0, 0.78), (-1.0, 0.78))), "main"),),
    "diamond": ((_turned_square, "main"),),
    "hexagon": ((_polygon(6), "main"),),
    "star": ((lambda x, y: star(x, y, 5, 1.1, 0.5), "main"),),
    "heart": ((_heart, "main"),),
    "ring": ((lambda x, y: np.abs(circle(x, y, 0.74)) - np.float32(0.22), "main"),),
    "moon": ((_crescent, "main"),),
    "sun": ((lambda x, y: union(star(x, y, 8, 1.08, 0.66), circle(x, y, 0.66)), "main"),),
    "flower": ((_petals, "main"), (lambda x, y: circle(x, y, 0.34), "accent")),
    "tree": ((lambda x, y: box(x, y - np.float32(0.6), 0.16, 0.42), "wood"), (_crown, "main")),
    "pine": ((lambda x, y: box(x, y - np.float32(0.8), 0.16, 0.26), "wood"), (_fir, "main")),
    "cloud": ((_cloud, "main"),),
    "house": (
        (lambda x, y: box(x, y - np.float32(0.36), 0.66, 0.56), "main"),
        (lambda x, y: convex(x, y, ((0, -0.98), (0.92, -0.12), (-0.92, -0.12))), "deep"),
        (lambda x, y: box(x, y - np.float32(0.62), 0.17, 0.3), "accent"),
    ),
    "boat": (
        (lambda x, y: convex(x, y, ((0.08, -1.0), (0.78, 0.24), (0.08, 0.24))), "accent"),
        (lambda x, y: convex(x, y, ((-0.04, -0.74), (-0.04, 0.24), (-0.62, 0.24))), "accent"),
        (lambda x, y: convex(x, y, ((-0.98, 0.36), (0.98, 0.36), (0.62, 0.86), (-0.62, 0.86))), "main"),
    ),
}
PLURALS: Final[dict[str, str]] = {name: name + ("es" if name.endswith("x") else "s") for name in MOTIFS}
MOTIF_NAMES: Final[tuple[str, ...]] = tuple(MOTIFS)


def placed(shape: Shape, centre_x: float, centre_y: float, reach: float) -> Shape:
    """`shape` scaled to `reach` and moved to a centre; distances stay in picture units."""

    def distance(x: Field, y: Field) -> Field:
        scale = np.float32(reach)
        return shape((x - np.float32(centre_x)) / scale, (y - np.float32(centre_y)) / scale) * scale

    return distance
