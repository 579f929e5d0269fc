"""Asking for a re-run: who may, of what, and what goes into the queue."""

import secrets

from django.db import transaction

from accounts.models import Person
from api.errors import Conflict, Forbidden, InvalidInput
from api.models import ApiKey
from generation.models import DiffusionModel, Job, Rerun, Work
from generation.notices import wake_painters
from generation.querysets import is_privileged
from generation.queue.turns import join_queue
from generation.quotas import allowed_priority, charge, check_quotas
from generation.reproducing import NotReproducible, refuse_unknown
from provenance.digests import from_hex

NONCE_BYTES = 32


class RerunUnderWay(Conflict):
    """The same was asked for and has not ended."""

    code = "rerun_under_way"


class NotAuditable(Conflict):
    """There is nothing that a step could be checked against."""

    code = "not_auditable"


def ask_for_rerun(
    *, person: Person, work: Work, kind: str, nonce: bytes | None = None, key: ApiKey | None = None
) -> Rerun:
    """Queue a re-run of a work, as a job of the person who asks, with her quotas: of a picture, or of one step.

    For the work's maker and for curators. `nonce` (32 bytes) chooses the step of an audit; by default it is drawn
    here, now. Raises Forbidden, NotReproducible, NotAuditable, RerunUnderWay, InvalidInput, QuotaExceeded.
    """
    if work.person_id != person.pk and not is_privileged(person):
        raise Forbidden("Only its maker and curators can have a work run again. Nothing was queued.")
    wanted = Rerun.Kind(kind)
    model = model_of(work)
    if wanted is Rerun.Kind.AUDIT:
        refuse_unauditable(work)
    steps = work.job.steps if wanted is Rerun.Kind.REPRODUCE else 1
    with transaction.atomic():
        check_quotas(person=person, key=key, pictures=1, steps=steps)
        # Two requests at once must not both be the first.
        Work.objects.select_for_update(no_key=True).get(pk=work.pk)
        _refuse_second(work, wanted)
        job = Job(
            person=person,
            purpose=Job.Purpose(wanted.value),
            model=model,
            prompt="" if work.private_prompt else work.prompt,
            private_prompt=work.private_prompt,
            key=key,
            priority=allowed_priority(person=person, key=key, asked=None),
            seed=work.seed,
            steps=steps,
            guidance_scale=work.job.guidance_scale,
            width=work.width,
            height=work.height,
            count=1,
            total_steps=steps,
        )
        charge(job, pictures=1)
        job.save()
        rerun = Rerun.objects.create(work=work, kind=wanted, job=job, asked_by=person, **nonce_columns(wanted, nonce))
        join_queue(person_id=job.person_id, priority=job.priority)
        transaction.on_commit(wake_painters)
    return rerun


def model_of(work: Work) -> DiffusionModel:
    """A model with the recipe's weights, as far as the database knows. Raises NotReproducible.

    Whether its files still have that hash is looked at by whoever runs it.
    """
    refuse_unknown(work.recipe)
    identity = work.recipe["model"]
    models = DiffusionModel.objects.filter(model_hash=from_hex(identity["model_hash"]), enabled=True)
    model = models.filter(pk=work.model_id).first() or models.first()
    if model is None:
        raise NotReproducible(
            f"The weights of {identity['source']} with the hash {identity['model_hash']} are not here: the model was "
            "taken away or switched off, or its files have changed since. Nothing was queued."
        )
    return model


def refuse_unauditable(work: Work) -> None:
    """Raise NotAuditable for a work whose steps cannot be checked any more."""
    trajectory = getattr(work, "trajectory", None)
    if trajectory is None:
        raise NotAuditable(
            "When this work was made, no trajectory was committed to, so no single step of it can be checked. Run it "
            "again as a whole instead."
        )
    if not trajectory.path:
        raise NotAuditable(
            "The latents of this work are not kept any more, so no single step of it can be checked. Run it again as "
            "a whole instead: what comes out is compared with the trajectory that was committed to."
        )


def nonce_columns(kind: str, nonce: bytes | None) -> dict[str, object]:
    """The columns of an audit: the caller's nonce, or one drawn now. Raises InvalidInput."""
    if kind != Rerun.Kind.AUDIT:
        if nonce is not None:
            raise InvalidInput.for_field("nonce", "A `nonce` chooses the step of an audit; leave it out here.")
        return {}
    if nonce is not None and len(nonce) != NONCE_BYTES:
        raise InvalidInput.for_field("nonce", "`nonce` is 32 bytes, as 64 hexadecimal digits. Nothing was queued.")
    return {"nonce": nonce or secrets.token_bytes(NONCE_BYTES), "nonce_is_theirs": nonce is not None}


def _refuse_second(work: Work, kind: Rerun.Kind) -> None:
    unfinished = Job.objects.in_flight().filter(rerun__work=work, rerun__kind=kind)
    if unfinished.exists():
        raise RerunUnderWay("This was asked for already and has not ended. Wait for it; nothing more was queued.")
