"""Weighted words: compel reads its syntax from a prompt and gives the pipeline embeddings instead of words."""

from typing import Any

import torch
from compel import CompelForFlux, CompelForSD, CompelForSDXL
from pyparsing import ParseException

from generation.engine.errors import EngineError


@torch.no_grad()
def weighted_arguments(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    *,
    prompts: list[str],
    negative_prompts: list[str],
) -> dict[str, Any]:
    """What stands in the place of `prompt` and `negative_prompt` in a pipeline's call. Raises EngineError.

    A prompt without weights gives the very embeddings that the pipeline would have made, so long as it fits its
    text encoder; longer ones are not cut off. Each picture's words are encoded by themselves.
    """
    try:
        if getattr(pipeline, "transformer", None) is not None:
            made = CompelForFlux(pipeline)(prompts)
            return {"prompt_embeds": made.embeds, "pooled_prompt_embeds": made.pooled_embeds}
        if hasattr(pipeline, "text_encoder_2"):
            made = CompelForSDXL(pipeline)(prompts, negative_prompt=negative_prompts)
        else:
            made = CompelForSD(pipeline)(prompts, negative_prompt=negative_prompts)
    except (ParseException, IndexError, ValueError, AttributeError, TypeError) as error:
        raise EngineError(
            "weights_unreadable",
            "The weights in the prompt cannot be read. Write them as `(teal)1.4` or `waves--`, and put a backslash "
            "before brackets that are meant as such. Nothing was drawn.",
        ) from error
    arguments = {"prompt_embeds": made.embeds, "negative_prompt_embeds": made.negative_embeds}
    if made.pooled_embeds is not None:
        arguments["pooled_prompt_embeds"] = made.pooled_embeds
        arguments["negative_pooled_prompt_embeds"] = made.negative_pooled_embeds
    return arguments
