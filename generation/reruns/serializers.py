"""Shapes of re-runs in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.links import endpoint, page
from generation.models import Job, Rerun, RerunRecord
from generation.serializers import JobErrorSerializer

NONCE = r"^(0x)?[0-9a-fA-F]{64}$"


class RerunRequestSerializer(serializers.Serializer[Any]):
    """The wish to have a work run again."""

    kind = serializers.ChoiceField(
        choices=Rerun.Kind.choices,
        help_text="`reproduce`: the whole recipe; `audit`: one step, checked against the trajectory that was "
        "committed to when the picture was published",
    )
    nonce = serializers.RegexField(
        NONCE,
        required=False,
        help_text="of an audit: 32 bytes of your own as hexadecimal digits, which choose the step; drawn here by "
        "default",
    )


class OpenedLeafSerializer(serializers.Serializer[Any]):
    """A leaf of the trajectory and the way from it to the root (RFC 9162)."""

    index = serializers.IntegerField(help_text="the step, from 0")
    leaf = serializers.CharField()
    proof = serializers.ListField(child=serializers.CharField())


class RerunRecordSerializer(serializers.Serializer[Any]):
    """What came out. `document` is signed; the rest of it is said by the platform alone."""

    result = serializers.ChoiceField(choices=RerunRecord.Result.choices)
    document = serializers.DictField(help_text="EIP-712: domain, types, message, attester, signature")
    reproducibility_class = serializers.DictField(
        source="class_here", help_text="in which it ran; its hash is signed"
    )
    opened = OpenedLeafSerializer(many=True, help_text="of an audit")
    made_at = serializers.DateTimeField()


class RerunUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a re-run."""

    get = serializers.URLField(help_text="this re-run in the API")
    web = serializers.URLField(help_text="the work's page")
    job = serializers.URLField(allow_null=True, help_text="its job, for whoever asked: POST …/cancel stops it")


class RerunSerializer(serializers.Serializer[Any]):
    """A re-run of a work: asked for, under way, or with its record."""

    id = serializers.UUIDField()
    work = serializers.UUIDField(source="work_id")
    kind = serializers.ChoiceField(choices=Rerun.Kind.choices)
    status = serializers.SerializerMethodField(help_text="of its job")
    error = serializers.SerializerMethodField(help_text="why there is no record; null unless it failed")
    record = serializers.SerializerMethodField(help_text="null until it has succeeded")
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField(choices=Job.Status.choices))
    def get_status(self, rerun: Rerun) -> str:
        return Job.Status.SUCCEEDED if rerun.job is None else rerun.job.status

    @extend_schema_field(JobErrorSerializer(allow_null=True))
    def get_error(self, rerun: Rerun) -> dict[str, str] | None:
        job = rerun.job
        return {"code": job.error_code, "detail": job.error_detail} if job and job.error_code else None

    @extend_schema_field(RerunRecordSerializer(allow_null=True))
    def get_record(self, rerun: Rerun) -> dict[str, Any] | None:
        record = getattr(rerun, "record", None)
        return None if record is None else dict(RerunRecordSerializer(record).data)

    @extend_schema_field(RerunUrlsSerializer)
    def get_urls(self, rerun: Rerun) -> dict[str, str | None]:
        return {
            "get": endpoint("works", rerun.work_id, "reruns", rerun.pk),
            "web": page("generation:work", rerun.work_id),
            "job": endpoint("jobs", rerun.job_id) if rerun.job_id else None,
        }
