"""Pictures of latents that are still being denoised, cheaply enough not to slow the denoising."""

import time
import weakref
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.engine.pipelines import Loaded

CHEAP_SECONDS = 0.01
"""a decoder that takes no longer is used itself: at two previews a second that is 2 % of the time"""
SIDE = 256
CELL_PIXELS = 4
"""a side of a latent cell in a preview by the linear map, at most: what it shows is no finer"""
CROP = 8
"""latent cells a side that are decoded to learn from, before the first picture is ready"""
LESSONS = 8
"""finished pictures that are learnt from; more would change little"""
KEPT = 0.5
"""how much of what was learnt before counts beside a new picture"""

_previewers: "weakref.WeakKeyDictionary[Any, Previewer]" = weakref.WeakKeyDictionary()


def previewer_of(loaded: Loaded) -> "Previewer":
    """The pipeline's previewer, with what it has learnt in this process."""
    if loaded.pipeline not in _previewers:
        _previewers[loaded.pipeline] = Previewer(getattr(loaded.pipeline, "vae", None))
    return _previewers[loaded.pipeline]


class Previewer:
    """Shows latents: with the model's decoder when that is cheap, else by a linear map from latent channels to RGB.

    The map is fitted by least squares to what the decoder made of latents: first of a small crop, then of each
    finished picture, so it fits whatever the model's latent space is.
    """

    def __init__(self, vae: Any) -> None:  # noqa: ANN401 - diffusers has no types
        self._vae = vae
        self._lessons = 0
        self._products: NDArray[np.float64] | None = None
        self._targets: NDArray[np.float64] | None = None
        self._is_cheap = False

    @torch.no_grad()
    def show(self, latents: torch.Tensor) -> Image.Image | None:
        """A picture of latents, `(1, channels, height, width)`; None while nothing is known about them."""
        if not self._can_read(latents):
            return None
        if self._products is None:
            self._try_decoder(latents)
        if self._is_cheap:
            return _enlarged(_image(self._decode(latents)), side=SIDE)
        if self._products is None or self._targets is None:
            return None
        cells = _cells(latents)
        ridge = 1e-3 * np.trace(self._products) / len(self._products) * np.eye(len(self._products))
        colours = cells @ np.linalg.solve(self._products + ridge, self._targets)
        return _enlarged(_image_of_cells(colours, latents), side=min(SIDE, CELL_PIXELS * max(latents.shape[2:])))

    def learn(self, latents: torch.Tensor, image: Image.Image) -> None:
        """Fit the map to a finished picture too."""
        if self._is_cheap or self._lessons == LESSONS or not self._can_read(latents):
            return
        self._lessons += 1
        height, width = latents.shape[2:]
        small = np.asarray(image.resize((width, height), Image.Resampling.BOX), dtype=np.float64) / 255
        self._fit(_cells(latents), small.reshape(-1, 3))

    def _can_read(self, latents: torch.Tensor) -> bool:
        channels = getattr(getattr(self._vae, "config", None), "latent_channels", None)
        return latents.ndim == 4 and latents.shape[:2] == (1, channels)

    def _try_decoder(self, latents: torch.Tensor) -> None:
        if self._vae.dtype == torch.float16 and getattr(self._vae.config, "force_upcast", False):
            # Overflows in half precision, and moving it to single is not cheap: the first finished picture will do.
            return
        height, width = latents.shape[2:]
        top, left = max(0, (height - CROP) // 2), max(0, (width - CROP) // 2)
        crop = latents[:, :, top : top + CROP, left : left + CROP]
        began = time.perf_counter()
        image = _image(self._decode(crop))
        seconds = time.perf_counter() - began
        self._is_cheap = seconds * latents[0, 0].numel() / crop[0, 0].numel() <= CHEAP_SECONDS
        self.learn(crop, image)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        config = self._vae.config
        scaled = latents.to(self._vae.device, self._vae.dtype) / config.scaling_factor
        shifted = scaled + (getattr(config, "shift_factor", None) or 0)
        decoded: torch.Tensor = self._vae.decode(shifted, return_dict=False)[0]
        return decoded

    def _fit(self, cells: NDArray[np.float64], colours: NDArray[np.float64]) -> None:
        products, targets = cells.T @ cells / len(cells), cells.T @ colours / len(cells)
        if self._products is None or self._targets is None:
            self._products, self._targets = products, targets
        else:
            self._products = KEPT * self._products + products
            self._targets = KEPT * self._targets + targets


def _cells(latents: torch.Tensor) -> NDArray[np.float64]:
    """One row for each latent cell: its channels, and 1 for the constant part."""
    values: NDArray[np.float64] = latents[0].flatten(1).T.double().cpu().numpy()
    finite = np.nan_to_num(values, nan=0, posinf=0, neginf=0)
    return np.hstack([finite, np.ones((len(finite), 1))])


def _image_of_cells(colours: NDArray[np.float64], latents: torch.Tensor) -> Image.Image:
    height, width = latents.shape[2:]
    return Image.fromarray((colours.clip(0, 1) * 255).astype(np.uint8).reshape(height, width, 3))


def _image(decoded: torch.Tensor) -> Image.Image:
    """A decoder's answer, -1 to 1, as RGB."""
    pixels: Any = (decoded[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).float().cpu().numpy()
    return Image.fromarray((np.nan_to_num(pixels) * 255).astype(np.uint8))


def _enlarged(image: Image.Image, *, side: int) -> Image.Image:
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC)
