"""Shapes of what can be wished for, in JSON."""

from typing import Any

from rest_framework import serializers

from generation import prompts
from generation.models import Job, Priority
from generation.serializers.models import AdapterUseSerializer

PRIORITIES = [(priority.label, priority.label) for priority in Priority]


class JobRequestSerializer(serializers.Serializer[Any]):
    """The wish for pictures. What is left out takes the model's default; ranges depend on the model."""

    prompt = serializers.CharField(
        trim_whitespace=False, help_text=f"what the picture shows; at most {prompts.MAX_LENGTH} characters"
    )
    model = serializers.CharField(required=False, allow_null=True, help_text="a slug of `GET /models`")
    negative_prompt = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, help_text="what it should not show"
    )
    seed = serializers.IntegerField(required=False, allow_null=True, help_text="0 to 2^53 - 1; random by default")
    steps = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 100")
    guidance_scale = serializers.FloatField(required=False, allow_null=True, help_text="0 to 30, three decimals")
    width = serializers.IntegerField(required=False, allow_null=True, help_text="pixels")
    height = serializers.IntegerField(required=False, allow_null=True, help_text="pixels")
    count = serializers.IntegerField(required=False, help_text="pictures to make, 1 by default, 8 at most")
    priority = serializers.ChoiceField(
        choices=PRIORITIES,
        required=False,
        help_text="class in the queue, `normal` by default; `high` only where an operator has opened it to you",
    )
    private_prompt = serializers.BooleanField(
        required=False, help_text="publish a salted commitment to the prompt instead of the prompt"
    )
    prompt_weighting = serializers.BooleanField(
        required=False, help_text="read compel's syntax in the prompts: `(teal)1.4 sun`, `waves--`"
    )
    adapters = AdapterUseSerializer(many=True, required=False, help_text="at most 4, on top of each other")
    init_image = serializers.UUIDField(required=False, allow_null=True, help_text="an upload to start from")
    init_work = serializers.UUIDField(required=False, allow_null=True, help_text="or a work to start from")
    mask_image = serializers.UUIDField(
        required=False, allow_null=True, help_text="an upload; only where it is light is the picture drawn anew"
    )
    strength = serializers.FloatField(
        required=False, allow_null=True, help_text="how much of the picture changes, up to 1; 0.6, or 1 with a mask"
    )
    format = serializers.ChoiceField(
        source="output_format",
        required=False,
        choices=Job.Format.choices,
        help_text="of the published files; `png` keeps every pixel and is the default",
    )
    quality = serializers.IntegerField(
        source="output_quality",
        required=False,
        allow_null=True,
        help_text="of jpeg and webp: 75 to 100, 92 by default",
    )


class VariationRequestSerializer(serializers.Serializer[Any]):
    """The wish for variations of a work."""

    strength = serializers.ChoiceField(choices=["subtle", "strong"])
    count = serializers.IntegerField(required=False, help_text="pictures to make, 1 by default, 8 at most")
    seed = serializers.IntegerField(required=False, allow_null=True, help_text="random by default")
    prompt = serializers.CharField(
        required=False, trim_whitespace=False, help_text="instead of the work's own, which may be private"
    )


class UpscaleRequestSerializer(serializers.Serializer[Any]):
    """The wish for a work at twice its size."""

    seed = serializers.IntegerField(required=False, allow_null=True, help_text="random by default")
    prompt = serializers.CharField(
        required=False, trim_whitespace=False, help_text="instead of the work's own, which may be private"
    )
