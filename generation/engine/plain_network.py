"""Inpainting with networks whose latents have another number of channels than Stable Diffusion's."""

from typing import Any

OF_LATENTS = 4
"""the number of channels by which diffusers' inpainting knows a network that is given nothing but latents"""
WITH_MASK = 9
"""and one that is given a mask and the masked picture, too"""


class PlainNetwork:
    """A network that says of itself that it is of the first kind, and is itself in everything else."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - diffusers has no types
        self._network = network
        self.config = type(network.config)({**network.config, "in_channels": OF_LATENTS})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the network has
        return getattr(self._network, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - what the network takes and gives
        return self._network(*args, **kwargs)


def let_it_inpaint(pipeline: Any) -> None:  # noqa: ANN401 - diffusers has no types
    """Have an inpainting pipeline take its UNet, when that is given nothing but latents, of however many channels."""
    network, vae = getattr(pipeline, "unet", None), getattr(pipeline, "vae", None)
    if network is None or vae is None or network.config.in_channels in {OF_LATENTS, WITH_MASK}:
        return
    if network.config.in_channels == vae.config.latent_channels:
        # Past diffusers' own __setattr__, which would look it up in its list of classes.
        vars(pipeline).update(unet=PlainNetwork(network))
