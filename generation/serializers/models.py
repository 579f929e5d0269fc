"""Shapes of models and adapters in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from generation.models import DiffusionModel, Job
from generation.registry.families import Family, family_of, modes_of, takes_prompt_weighting
from generation.requests import MAX_COUNT, MAX_STEPS


class DiffusionModelSerializer(serializers.Serializer[Any]):
    """A model that pictures can be made with."""

    slug = serializers.CharField(help_text="what `model` in a job names")
    name = serializers.CharField()
    licence = serializers.CharField()
    model_hash = HashField(allow_null=True, help_text="sha256 of the canonical list of its files; null until loaded")
    is_default = serializers.BooleanField(help_text="used by jobs that name no model")
    default_steps = serializers.IntegerField()
    default_guidance_scale = serializers.FloatField()
    default_width = serializers.IntegerField(help_text="pixels")
    default_height = serializers.IntegerField(help_text="pixels")
    max_side = serializers.IntegerField(help_text="the most pixels a side may have")
    size_multiple = serializers.IntegerField(help_text="width and height are multiples of this")
    max_steps = serializers.SerializerMethodField()
    max_count = serializers.SerializerMethodField(help_text="the most pictures in one job")
    family = serializers.SerializerMethodField(help_text="adapters of the same family fit")
    modes = serializers.SerializerMethodField(help_text="what a job can ask of it")
    takes_negative_prompt = serializers.BooleanField(help_text="false for distilled models")
    takes_prompt_weighting = serializers.SerializerMethodField()
    image_checker = serializers.SerializerMethodField(
        help_text="what looks at each picture and may flag it for curators; `none`: nothing does"
    )
    prompt_rules = serializers.BooleanField(help_text="whether the site's prompt rules apply")
    state = serializers.ChoiceField(
        choices=["ready", "not_downloaded", "unusable"],
        help_text="`not_downloaded`: the first job waits for the download; `unusable`: its last loading failed",
    )

    def get_max_steps(self, _model: DiffusionModel) -> int:
        return MAX_STEPS

    def get_max_count(self, _model: DiffusionModel) -> int:
        return MAX_COUNT

    @extend_schema_field(serializers.ChoiceField(choices=[family.value for family in Family]))
    def get_family(self, model: DiffusionModel) -> str:
        return family_of(model.pipeline_class)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Job.Mode.choices)))
    def get_modes(self, model: DiffusionModel) -> list[str]:
        return [str(mode) for mode in modes_of(model.pipeline_class)]

    def get_takes_prompt_weighting(self, model: DiffusionModel) -> bool:
        return takes_prompt_weighting(model.pipeline_class)

    @extend_schema_field(serializers.ChoiceField(choices=["pipeline", "none"]))
    def get_image_checker(self, model: DiffusionModel) -> str:
        return "pipeline" if model.checks_images else "none"


class AdapterSerializer(serializers.Serializer[Any]):
    """Weights that go on top of a model's."""

    slug = serializers.CharField(help_text="what `adapters` in a job name")
    name = serializers.CharField()
    family = serializers.CharField(help_text="fits models of the same family")
    licence = serializers.CharField()
    adapter_hash = HashField(allow_null=True, help_text="sha256 of its weight file; null until loaded")


class AdapterUseSerializer(serializers.Serializer[Any]):
    """An adapter and how strongly it counts."""

    adapter = serializers.CharField(help_text="a slug of `GET /adapters`")
    weight = serializers.DecimalField(
        max_digits=8, decimal_places=3, required=False, help_text="-2 to 2, not 0; 1 by default, as decimal text"
    )

    def to_representation(self, use: Any) -> dict[str, str]:  # noqa: ANN401 - DRF's signature
        return {"adapter": str(use["adapter"]), "weight": str(use["weight"])}
