"""Who may ask for how much, and for which class of the queue.

Nothing is counted up or down anywhere: what is used is the sum over the jobs of the day, so it cannot drift from
them. A job counts as many pictures as were asked for while it is in flight, and as many as were made at its end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import Person
from api.models import ApiKey
from api.throttling import Limit
from generation.errors import PictureStepsUsedUp, PicturesUsedUp, PriorityNotAllowed, TooManyJobs
from generation.models import Allowance, Job, Priority

DAY = 86_400
"""seconds; a quota's day begins at 00:00 UTC"""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a person or a key may ask for. 0: as much as wished."""

    whose: str
    jobs: Q
    pictures_per_day: int
    picture_steps_per_day: int
    jobs_in_flight: int


def check_quotas(*, person: Person, key: ApiKey | None, pictures: int, steps: int) -> None:
    """Whether so many pictures of so many steps may be asked for now, by the person and by the key.

    Locks the person until the surrounding transaction ends, so that two requests at once cannot both be the last one
    allowed; a key's jobs are its person's, so the same lock holds for it. Raises TooManyJobs, PicturesUsedUp,
    PictureStepsUsedUp.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    now = timezone.now()
    for limits in _limits(person, key):
        _check_in_flight(limits)
        _check_day(limits, pictures=pictures, steps=steps, now=now)


def allowed_priority(*, person: Person, key: ApiKey | None, asked: str | None) -> Priority:
    """The class that a job gets: the one asked for, or normal, or the best that is open if that is worse.

    What is open is set for the key, else for the person, else it is normal. Raises PriorityNotAllowed.
    """
    best = best_priority(person=person, key=key)
    if asked is None:
        return max(Priority.NORMAL, best)
    priority = Priority[asked.upper()]
    if priority < best:
        raise PriorityNotAllowed(
            f"Jobs of the class {priority.label} are not open to you; the best you may ask for is {best.label}. "
            "Nothing was queued."
        )
    return priority


def best_priority(*, person: Person, key: ApiKey | None = None) -> Priority:
    """The best class that is open: as set for the key, else for the person, else normal."""
    found = {bool(row.key_id): row.best_priority for row in Allowance.objects.filter(_owners(person, key))}
    return Priority(found.get(True) or found.get(False) or Priority.NORMAL)


def charge(job: Job, *, pictures: int) -> None:
    """Count so many more pictures of this job against today's quota; the caller writes the job."""
    now = timezone.now()
    if job.charged_at is None or job.charged_at < _day_of(now):
        job.charged_pictures = 0
    job.charged_pictures, job.charged_at = job.charged_pictures + pictures, now


def uncharge_undrawn(job: Job) -> None:
    """Give back what was charged for pictures that were not made; the caller writes the ended job."""
    undrawn = job.count - job.made()
    job.charged_pictures = max(0, job.charged_pictures - undrawn)


def _owners(person: Person, key: ApiKey | None) -> Q:
    return Q(person=person) | Q(key=key) if key else Q(person=person)


def _limits(person: Person, key: ApiKey | None) -> list[Limits]:
    found = {("key" if row.key_id else "person"): row for row in Allowance.objects.filter(_owners(person, key))}
    limits = [_limits_of("person", Q(person=person), found.get("person"))]
    if key is not None:
        limits.append(_limits_of("key", Q(key=key), found.get("key")))
    return limits


def _limits_of(whose: str, jobs: Q, allowance: Allowance | None) -> Limits:
    def limit(name: str) -> int:
        own = getattr(allowance, name, None)
        return int(getattr(settings, f"{name}_per_{whose}".upper()) if own is None else own)

    return Limits(
        whose=whose,
        jobs=jobs,
        pictures_per_day=limit("pictures_per_day"),
        picture_steps_per_day=limit("picture_steps_per_day"),
        jobs_in_flight=limit("jobs_in_flight"),
    )


def _check_in_flight(limits: Limits) -> None:
    most = limits.jobs_in_flight
    if not most or Job.objects.filter(limits.jobs).in_flight().count() < most:
        return
    owner = "You have" if limits.whose == "person" else "This key has"
    raise TooManyJobs(
        f"{owner} {most} unfinished jobs, as many as one {limits.whose} may have at once. "
        "Nothing was queued: wait until one has ended, or cancel one, and try again.",
        limit=Limit(policy="jobs-in-flight", quota=most, window=None, remaining=0, reset=10, exceeded=True),
    )


def _check_day(limits: Limits, *, pictures: int, steps: int, now: datetime) -> None:
    if not limits.pictures_per_day and not limits.picture_steps_per_day:
        return
    today = Job.objects.filter(limits.jobs, charged_pictures__gt=0, charged_at__gte=_day_of(now))
    used = today.aggregate(
        pictures=Sum("charged_pictures", default=0), picture_steps=Sum(F("charged_pictures") * F("steps"), default=0)
    )
    questions = (
        (PicturesUsedUp, "pictures", limits.pictures_per_day, pictures),
        (PictureStepsUsedUp, "picture_steps", limits.picture_steps_per_day, pictures * steps),
    )
    for problem, unit, most, asked in questions:
        left = max(0, most - used[unit])
        if most and asked > left:
            raise problem(
                _used_up(limits.whose, unit.replace("_", "-"), most=most, left=left, asked=asked),
                limit=_day_limit(unit, most=most, left=left, now=now),
                asked=asked,
            )


def _used_up(whose: str, unit: str, *, most: int, left: int, asked: int) -> str:
    owner = "You may" if whose == "person" else "This key may"
    return (
        f"{owner} ask for {most} {unit} a day; {left} are left and this asks for {asked}. Nothing was queued. "
        "More come at 00:00 UTC; what is canceled or fails is given back at once."
    )


def _day_limit(unit: str, *, most: int, left: int, now: datetime) -> Limit:
    until_midnight = _day_of(now) + timedelta(seconds=DAY) - now
    return Limit(
        policy=f"{unit.replace('_', '-')}-per-day",
        quota=most,
        window=DAY,
        remaining=left,
        reset=int(until_midnight.total_seconds()) + 1,
        exceeded=True,
    )


def _day_of(now: datetime) -> datetime:
    """When the day began, in UTC."""
    return now.astimezone(tz=timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
