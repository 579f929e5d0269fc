"""Writes of generation: submitting, canceling and retrying jobs. (The engine's writes are in `generation.queue`.)"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Person
from api.models import ApiKey
from generation.errors import ImageNotFound, JobNotCancelable, JobNotRetryable
from generation.models import Adapter, Job, SourceImage
from generation.notices import announce, tell_worker_to_stop, wake_painters
from generation.queue.turns import join_queue
from generation.quotas import allowed_priority, charge, check_quotas, uncharge_undrawn
from generation.requests import PictureRequest, Wish, WishFields, check_request
from generation.sampling import sampling_key


def submit_job(
    *,
    person: Person,
    private_prompt: bool = False,
    priority: str | None = None,
    key: ApiKey | None = None,
    cancel_after: timedelta | None = None,
    **wish: Unpack[WishFields],
) -> Job:
    """Put a job into the queue and wake a worker once the surrounding transaction has committed.

    `model` is a slug; what is None takes the model's default (the seed: a random one below 2**32). `priority` is the
    name of a class, `key` the API key that asked. The published files are PNG, or JPEG or WebP of a quality from 75
    to 100. Unless it has ended `cancel_after` from now, the job is canceled. With `init_image` (an upload of the
    person's) or `init_work` the picture starts from that one, of which `strength` changes; with `mask_image` only
    where the mask is light. Raises InvalidInput naming every field at fault, UnknownModel, PriorityNotAllowed,
    QuotaExceeded.
    """
    return queue_wish(
        person=person,
        wish=Wish(**wish),
        private_prompt=private_prompt,
        priority=priority,
        key=key,
        cancel_after=cancel_after,
    )


def queue_wish(
    *,
    person: Person,
    wish: Wish,
    private_prompt: bool,
    priority: str | None = None,
    key: ApiKey | None = None,
    cancel_after: timedelta | None = None,
) -> Job:
    """`submit_job` for a wish that is put together already."""
    request = check_request(wish, person=person)
    with transaction.atomic():
        check_quotas(person=person, key=key, pictures=request.count, steps=request.steps)
        job = Job(
            **_columns_of(request),
            person=person,
            key=key,
            private_prompt=private_prompt,
            priority=allowed_priority(person=person, key=key, asked=priority),
            deadline_at=None if cancel_after is None else timezone.now() + cancel_after,
        )
        charge(job, pictures=job.count)
        job.save()
        join_queue(person_id=job.person_id, priority=job.priority)
        transaction.on_commit(wake_painters)
    return job


def _columns_of(request: PictureRequest) -> dict[str, Any]:
    """What a request says of its job."""
    return {
        "model": request.model,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": request.seed,
        "steps": request.steps,
        "guidance_scale": request.guidance_scale,
        "width": request.width,
        "height": request.height,
        "count": request.count,
        "output_format": request.output_format,
        "output_quality": request.output_quality,
        "total_steps": request.steps * request.count,
        **_more_of(request),
    }


def _more_of(request: PictureRequest) -> dict[str, Any]:
    """The columns of a job that only some requests fill."""
    _keep_sources(request)
    return {
        "sampling_key": _sampling_key(request),
        "prompts": request.words.prompts,
        "negative_prompts": request.words.negative_prompts,
        "flag_reason": request.words.flag_reason,
        "prompt_weighting": request.prompt_weighting,
        "adapters": request.adapters,
        "mode": request.sources.mode,
        "init_image": request.sources.image,
        "init_work": request.sources.work,
        "mask_image": request.sources.mask,
        "strength": request.strength,
    }


def _sampling_key(request: PictureRequest) -> str:
    """Empty for what starts from a picture: that is drawn alone."""
    if request.sources.mode != Job.Mode.TEXT_TO_IMAGE:
        return ""
    return sampling_key(
        model_id=request.model.pk,
        width=request.width,
        height=request.height,
        guidance_scale=request.guidance_scale,
        adapters=[(_digest_of(use["adapter"]), Decimal(use["weight"])) for use in request.adapters],
    )


def _digest_of(slug: str) -> str:
    """An adapter's hash in hex; its slug until its file was hashed."""
    digest = Adapter.objects.get(slug=slug).adapter_hash
    return slug if digest is None else bytes(digest).hex()


def _keep_sources(request: PictureRequest) -> None:
    """Hold the uploads until the job is written: somebody may be deleting them."""
    wanted = [image.pk for image in (request.sources.image, request.sources.mask) if image]
    if wanted and len(SourceImage.objects.select_for_update().filter(pk__in=wanted)) < len(set(wanted)):
        raise ImageNotFound("The picture to start from was deleted just now. Nothing was queued.")


def cancel_job(*, job: Job) -> Job:
    """Cancel a waiting job at once, or ask the worker of a running one to stop after its current step.

    Pictures that are finished already are kept. Raises JobNotCancelable when it has already ended.
    """
    with transaction.atomic():
        # The lock keeps a worker from claiming it in between: claims skip locked rows.
        job = Job.objects.select_for_update().get(pk=job.pk)
        now = timezone.now()
        if job.status == Job.Status.QUEUED:
            job.status, job.finished_at = Job.Status.CANCELED, now
            uncharge_undrawn(job)
        elif job.status != Job.Status.RUNNING:
            raise JobNotCancelable(f"The job has already ended ({job.status}); there is nothing left to cancel.")
        job.cancel_requested_at = job.cancel_requested_at or now
        job.revision = F("revision") + 1
        job.save(update_fields=["status", "finished_at", "cancel_requested_at", "charged_pictures", "revision"])
        job.refresh_from_db()
        if job.status == Job.Status.RUNNING:
            tell_worker_to_stop(job)
        announce(job)
    return job


def retry_job(*, job: Job) -> Job:
    """Queue a failed or canceled job again, at the end of its line; pictures it already has are kept.

    The missing ones count against the quotas again; it has no deadline then. Raises JobNotRetryable, QuotaExceeded.
    """
    with transaction.atomic():
        missing = job.count - job.made()
        check_quotas(person=job.person, key=job.key, pictures=missing, steps=job.steps)
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.status not in {Job.Status.FAILED, Job.Status.CANCELED}:
            raise JobNotRetryable(f"Only a failed or canceled job can be tried again; this one is {job.status}.")
        job.status, job.queued_at, job.attempts = Job.Status.QUEUED, timezone.now(), 0
        job.error_code = job.error_detail = ""
        job.cancel_requested_at = job.finished_at = job.deadline_at = job.parked_at = None
        charge(job, pictures=missing)
        job.revision = F("revision") + 1
        job.save()
        job.refresh_from_db()
        announce(job)
        join_queue(person_id=job.person_id, priority=job.priority)
        transaction.on_commit(wake_painters)
    return job
