"""Shapes of models, jobs and works in JSON: the same in answers and in live events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from api.links import endpoint, page
from generation import prompts
from generation.ipfs_addresses import gateway_addresses
from generation.models import DiffusionModel, Job, Pin, Priority, SourceImage, Work, WorkParent
from generation.querysets import can_see
from generation.queue.forecast import UNTOLD, Forecast, Standing, forecast_for
from generation.registry.families import Family, family_of, modes_of, takes_prompt_weighting
from generation.requests import MAX_COUNT, MAX_STEPS

MINT_STATUSES = [(status, status) for status in ("requested", "submitted", "mined", "final", "failed")]
"""minting's, which stands to the right of generation; a test compares"""
PRIORITIES = [(priority.label, priority.label) for priority in Priority]


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


class SourceImageUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of an upload."""

    get = serializers.URLField(help_text="this upload; DELETE forgets it")
    file = serializers.URLField(help_text="its pixels as PNG, for its owner only")


class SourceImageSerializer(serializers.Serializer[Any]):
    """A picture that you uploaded to start from, or as a mask. Nobody else sees it."""

    id = serializers.UUIDField(help_text="what `init_image` and `mask_image` in a job name")
    width = serializers.IntegerField(help_text="pixels")
    height = serializers.IntegerField(help_text="pixels")
    content_hash = HashField(source="file.sha256", help_text="of the file as it is kept; recipes name it")
    pixel_hash = HashField(help_text="of its pixels; recipes name it")
    has_credentials = serializers.SerializerMethodField(
        help_text="whether it came with content credentials (C2PA), which are carried into what is made from it"
    )
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_has_credentials(self, image: SourceImage) -> bool:
        return image.credentials_id is not None

    @extend_schema_field(SourceImageUrlsSerializer)
    def get_urls(self, image: SourceImage) -> dict[str, str]:
        return {"get": endpoint("images", image.pk), "file": endpoint("images", image.pk, "file")}


class ParentSerializer(serializers.Serializer[Any]):
    """What a work was made from: `work` or `image`, or neither when it is not yours to see."""

    role = serializers.ChoiceField(choices=WorkParent.Role.choices)
    work = serializers.UUIDField(allow_null=True)
    image = serializers.UUIDField(allow_null=True, help_text="your upload")


class ChildSerializer(serializers.Serializer[Any]):
    """A work that was made from this one, and that you can see."""

    role = serializers.ChoiceField(choices=WorkParent.Role.choices)
    work = serializers.UUIDField()


class SafetySerializer(serializers.Serializer[Any]):
    """What looked at the picture. A flag asks curators to look; it never changes the picture."""

    checker = serializers.CharField(help_text="`pipeline`, or `none`: nothing looked at it")
    flagged = serializers.BooleanField(help_text="what the checker said")
    scores = serializers.DictField(
        child=serializers.FloatField(), help_text="of each concept: how far above its threshold; above 0 flags"
    )


class MintOfWorkSerializer(serializers.Serializer[Any]):
    """A mint, as far as its work tells."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=MINT_STATUSES)
    collection = serializers.CharField(source="collection.slug", help_text="the collection's slug")
    to = serializers.CharField(help_text="the owner's address")
    url = serializers.SerializerMethodField(help_text="GET it for the whole mint")

    def get_url(self, mint: Any) -> str:  # noqa: ANN401 - minting stands to the right of generation
        return endpoint("mints", mint.pk)


class WorkUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a work."""

    get = serializers.URLField(help_text="this work in the API")
    web = serializers.URLField(help_text="its page")
    file = serializers.URLField(help_text="the exact bytes that `content_hash` is of")
    preview = serializers.URLField(help_text="a small WebP")
    ipfs = serializers.CharField(help_text="`ipfs://<cid>` of the file")
    recipe = serializers.URLField(help_text="the canonical bytes that `recipe_hash` is of")
    reruns = serializers.URLField(help_text="who ran the recipe again; POST to have it done")
    gateways = serializers.ListField(child=serializers.URLField(), help_text="the file at public IPFS gateways")


class WorkSerializer(serializers.Serializer[Any]):
    """One picture that came out. Needs `viewer` (a person or None) in the context."""

    id = serializers.UUIDField()
    job = serializers.UUIDField(source="job_id")
    index = serializers.IntegerField(help_text="place in its job, from 0")
    model = serializers.CharField(source="model.slug")
    prompt = serializers.SerializerMethodField(help_text="null when it is private and not yours")
    seed = serializers.IntegerField()
    width = serializers.IntegerField(help_text="pixels")
    height = serializers.IntegerField(help_text="pixels")
    content_hash = HashField(help_text="sha256 of the file; as a number it is the token's id")
    pixel_hash = HashField(help_text="of the file decoded; survives lossless re-encoding and stripped metadata")
    render_hash = HashField(
        allow_null=True, help_text="pixel hash before the watermark: what running the recipe again gives"
    )
    iscc = serializers.CharField(help_text="ISO 24138 image code; empty until a work of the first days was looked at")
    media_type = serializers.CharField(source="file.media_type")
    ipfs_pin = serializers.SerializerMethodField(
        help_text="of the file on this platform's IPFS node: wanted, pinned, failed; null when nobody asked for it"
    )
    recipe_hash = HashField(help_text="sha256 of the canonical recipe")
    model_hash = serializers.SerializerMethodField(help_text="of the weights that made it, as attested")
    recipe = serializers.DictField(help_text="everything that determines the pixels")
    trajectory = serializers.SerializerMethodField(
        help_text="the signed commitment to the picture's steps (EIP-712); null for works from before there was one"
    )
    attestation = serializers.DictField(help_text="EIP-712: domain, types, message, attester, signature")
    review_state = serializers.ChoiceField(choices=Work.Review.choices)
    flagged = serializers.BooleanField(help_text="shown blurred until a curator has looked")
    safety = serializers.SerializerMethodField(help_text="null for works from before pictures were checked")
    parents = serializers.SerializerMethodField(help_text="what it was made from")
    children = serializers.SerializerMethodField(help_text="what was made from it, as far as you can see it")
    urls = serializers.SerializerMethodField()
    thumbhash = serializers.CharField(help_text="base64; a placeholder while the picture loads")
    mints = MintOfWorkSerializer(many=True)
    created_at = serializers.DateTimeField()

    def get_prompt(self, work: Work) -> str | None:
        viewer = self.context.get("viewer")
        return work.prompt if not work.private_prompt or (viewer and viewer.pk == work.person_id) else None

    @extend_schema_field(serializers.ChoiceField(choices=Pin.State.choices, allow_null=True))
    def get_ipfs_pin(self, work: Work) -> str | None:
        pin = getattr(work.file, "pin", None)
        return pin.state if pin else None

    def get_model_hash(self, work: Work) -> str:
        return str(work.attestation["message"]["modelHash"])

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_trajectory(self, work: Work) -> dict[str, Any] | None:
        trajectory = getattr(work, "trajectory", None)
        return trajectory.document if trajectory else None

    @extend_schema_field(SafetySerializer(allow_null=True))
    def get_safety(self, work: Work) -> dict[str, Any] | None:
        return work.safety or None

    @extend_schema_field(ParentSerializer(many=True))
    def get_parents(self, work: Work) -> list[dict[str, Any]]:
        return [_parent(link, viewer=self.context.get("viewer")) for link in work.parent_links.all()]

    @extend_schema_field(ChildSerializer(many=True))
    def get_children(self, work: Work) -> list[dict[str, Any]]:
        viewer = self.context.get("viewer")
        links = [link for link in work.child_links.all() if can_see(link.work, viewer)]
        return [{"role": link.role, "work": str(link.work_id)} for link in links]

    @extend_schema_field(WorkUrlsSerializer)
    def get_urls(self, work: Work) -> dict[str, str | list[str]]:
        return {
            "get": endpoint("works", work.pk),
            "web": page("generation:work", work.pk),
            "file": page("generation:ipfs", work.file.cid),
            "preview": page("generation:preview", work.preview_path),
            "ipfs": f"ipfs://{work.file.cid}",
            "recipe": page("generation:ipfs", work.recipe_file.cid),
            "reruns": endpoint("works", work.pk, "reruns"),
            "gateways": gateway_addresses(work.file.cid),
        }


def _parent(link: WorkParent, *, viewer: Any) -> dict[str, Any]:  # noqa: ANN401 - a person or nobody
    work, image = link.parent, link.image
    owns_image = image is not None and viewer is not None and image.person_id == viewer.pk
    return {
        "role": link.role,
        "work": str(work.pk) if work is not None and can_see(work, viewer) else None,
        "image": str(link.image_id) if owns_image else None,
    }


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
