"""What must be equal, besides the recipe's own values, for pixels to be bit-equal."""

from importlib.metadata import version
from typing import Any

import diffusers
import torch
import transformers

from generation.engine.loading import denoiser_of
from generation.engine.rendering import Drawing
from generation.engine.setup import Setup
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.recipes import ReproducibilityClass, SchedulerIdentity


def reproducibility_class(pipeline: Any, setup: Setup) -> ReproducibilityClass:  # noqa: ANN401 - diffusers has no types
    """The class that this process draws in."""
    described = ReproducibilityClass(
        torch=torch.__version__,
        diffusers=diffusers.__version__,
        transformers=transformers.__version__,
        device=device_name(setup.device),
        dtype=str(setup.dtype).removeprefix("torch."),
        threads=setup.threads,
        attention=_attention(pipeline),
        slots=setup.slots,
    )
    # What is left out is off, so that recipes from before these settings keep their form.
    if setup.channels_last:
        described["memory_format"] = "channels_last"
    if setup.compile:
        described["compile"] = "inductor"
    if setup.offload != "none":
        described["offload"] = setup.offload
    return described


def class_with_parts(described: ReproducibilityClass, drawing: Drawing) -> ReproducibilityClass:
    """The class of a drawing: with the versions of the libraries that only some drawings pass through."""
    whole = described.copy()
    if drawing.adapters:
        whole["peft"] = version("peft")
    if drawing.prompt_weighting:
        whole["compel"] = version("compel")
    if drawing.init is not None:
        whole["pillow"] = version("pillow")
    return whole


def scheduler_identity(pipeline: Any) -> SchedulerIdentity:  # noqa: ANN401 - diffusers has no types
    """The scheduler's class and the hash of its settings, without what only says who wrote them."""
    scheduler = pipeline.scheduler
    config = {key: value for key, value in dict(scheduler.config).items() if not key.startswith("_")}
    return SchedulerIdentity(name=type(scheduler).__name__, config_hash=to_hex(canonical_hash(config)))


def device_name(device: torch.device) -> str:
    """The accelerator, or the CPU's instruction set, as recipes name it."""
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        return f"{torch.cuda.get_device_name(device)} (sm_{major}{minor}, CUDA {torch.version.cuda})"
    has_onednn = torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled  # type: ignore[no-untyped-call]  # torch left it
    library = "oneDNN" if has_onednn else "no oneDNN"
    return f"CPU {torch.backends.cpu.get_cpu_capability()}, {library}"


def _attention(pipeline: Any) -> str:  # noqa: ANN401 - diffusers has no types
    """The attention code of the denoiser, and how the text encoder attends."""
    processors = getattr(denoiser_of(pipeline), "attn_processors", {}).values()
    names = sorted({type(processor).__name__ for processor in processors}) or ["unknown"]
    text = getattr(getattr(getattr(pipeline, "text_encoder", None), "config", None), "_attn_implementation", None)
    return "+".join(names) + (f", text {text}" if text else "")
