"""Shapes of models, uploads, jobs and works in JSON."""

from generation.serializers.images import SourceImageSerializer
from generation.serializers.jobs import JobErrorSerializer, JobSerializer
from generation.serializers.models import AdapterSerializer, DiffusionModelSerializer
from generation.serializers.requests import JobRequestSerializer, UpscaleRequestSerializer, VariationRequestSerializer
from generation.serializers.works import MINT_STATUSES, WorkSerializer

__all__ = [
    "MINT_STATUSES",
    "AdapterSerializer",
    "DiffusionModelSerializer",
    "JobErrorSerializer",
    "JobRequestSerializer",
    "JobSerializer",
    "SourceImageSerializer",
    "UpscaleRequestSerializer",
    "VariationRequestSerializer",
    "WorkSerializer",
]
