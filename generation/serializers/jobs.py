"""Shapes of jobs in JSON: the same in answers and in live events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.links import endpoint, page
from generation.models import Job
from generation.queue.forecast import UNTOLD, Forecast, Standing, forecast_for
from generation.serializers.models import AdapterUseSerializer
from generation.serializers.requests import PRIORITIES
from generation.serializers.works import WorkSerializer


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a job is, over all its pictures."""

    step = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField(help_text="0 to 100")


class JobErrorSerializer(serializers.Serializer[Any]):
    """Why a job failed."""

    code = serializers.CharField()
    detail = serializers.CharField()


class QueueSerializer(serializers.Serializer[Any]):
    """Where a job stands in the queue. Times are estimates from what steps took before; null when nobody can tell."""

    place = serializers.IntegerField(allow_null=True, help_text="1 is next; null when no worker will take it")
    ahead = serializers.IntegerField(allow_null=True, help_text="jobs that will be taken before it")
    workers = serializers.IntegerField(help_text="workers that were heard of a moment ago")
    estimated_start_at = serializers.DateTimeField(allow_null=True, help_text="when a worker takes or took it")
    estimated_finish_at = serializers.DateTimeField(allow_null=True, help_text="when its last picture is there")
    reason = serializers.ChoiceField(
        choices=[(reason, reason) for reason in UNTOLD],
        allow_null=True,
        help_text="why there is no estimate: nobody draws now, nobody who draws has the model, or it was never timed",
    )


class JobUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a job."""

    get = serializers.URLField(help_text="this job in the API")
    cancel = serializers.URLField(help_text="POST to cancel it")
    events = serializers.URLField(help_text="its live state, as server-sent events")
    preview = serializers.URLField(
        allow_null=True,
        help_text="a picture of it while it forms, another address each time; null when there is none",
    )
    web = serializers.URLField(help_text="its page")


class JobSerializer(serializers.Serializer[Any]):
    """A request for one or more works, and what became of it. Needs `viewer` in the context."""

    _forecast: Forecast | None = None

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(
        choices=Job.Purpose.choices, help_text="`reproduce` and `audit` run a work again and make no new one"
    )
    status = serializers.ChoiceField(choices=Job.Status.choices)
    progress = serializers.SerializerMethodField()
    queue_place = serializers.SerializerMethodField(help_text="1 is next; null once it is not waiting")
    queue = serializers.SerializerMethodField(help_text="where it stands; null once it has ended")
    priority = serializers.ChoiceField(
        choices=PRIORITIES, source="get_priority_display", help_text="class in the queue"
    )
    model = serializers.CharField(source="model.slug")
    prompt = serializers.CharField()
    negative_prompt = serializers.CharField()
    seed = serializers.IntegerField(help_text="of the first picture; the n-th has seed + n")
    steps = serializers.IntegerField()
    guidance_scale = serializers.FloatField()
    width = serializers.IntegerField(help_text="pixels")
    height = serializers.IntegerField(help_text="pixels")
    count = serializers.IntegerField(help_text="pictures asked for")
    mode = serializers.ChoiceField(choices=Job.Mode.choices)
    prompts = serializers.ListField(
        child=serializers.CharField(), help_text="of each picture, wildcards resolved; empty when none were used"
    )
    prompt_weighting = serializers.BooleanField()
    adapters = AdapterUseSerializer(many=True)
    init_image = serializers.UUIDField(source="init_image_id", allow_null=True, help_text="your upload")
    init_work = serializers.UUIDField(source="init_work_id", allow_null=True)
    mask_image = serializers.UUIDField(source="mask_image_id", allow_null=True, help_text="your upload")
    strength = serializers.FloatField(allow_null=True, help_text="how much of the picture changes, 0 to 1")
    format = serializers.ChoiceField(source="output_format", choices=Job.Format.choices)
    quality = serializers.IntegerField(source="output_quality", allow_null=True, help_text="null for png")
    error = serializers.SerializerMethodField(help_text="null unless it failed, or its deadline passed")
    works = WorkSerializer(many=True, help_text="the pictures that are ready, as they come")
    urls = serializers.SerializerMethodField()
    deadline_at = serializers.DateTimeField(allow_null=True, help_text="when it is canceled unless it has ended")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: Job) -> dict[str, int]:
        done = job.status == Job.Status.SUCCEEDED
        percent = 100 if done else min(99, 100 * job.step // max(1, job.total_steps))
        return {"step": job.step, "total": job.total_steps, "percent": percent}

    def get_queue_place(self, job: Job) -> int | None:
        standing = self._standing(job)
        return standing.place if standing else None

    @extend_schema_field(QueueSerializer(allow_null=True))
    def get_queue(self, job: Job) -> dict[str, Any] | None:
        standing = self._standing(job)
        shown: dict[str, Any] | None = QueueSerializer(standing).data if standing else None
        return shown

    def _standing(self, job: Job) -> Standing | None:
        """One look at the queue for all the jobs of an answer."""
        if self._forecast is None or (job.status == Job.Status.QUEUED and job.pk not in self._forecast.estimates):
            self._forecast = forecast_for(job)
        return self._forecast.standing(job)

    @extend_schema_field(JobErrorSerializer(allow_null=True))
    def get_error(self, job: Job) -> dict[str, str] | None:
        return {"code": job.error_code, "detail": job.error_detail} if job.error_code else None

    @extend_schema_field(JobUrlsSerializer)
    def get_urls(self, job: Job) -> dict[str, str | None]:
        return {
            "get": endpoint("jobs", job.pk),
            "cancel": endpoint("jobs", job.pk, "cancel"),
            "events": endpoint("jobs", job.pk, "events"),
            "preview": _preview_of(job),
            "web": page("generation:job", job.pk),
        }


def _preview_of(job: Job) -> str | None:
    if job.status != Job.Status.RUNNING or job.preview_step is None:
        return None
    # A new address for each, so that a browser shows what it has not shown yet.
    return f"{endpoint('jobs', job.pk, 'preview')}?index={job.preview_index}&step={job.preview_step}"
