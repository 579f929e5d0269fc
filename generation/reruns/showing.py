"""What the pages say of a work's re-runs, in plain words."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import Person
from generation.models import Job, Rerun, RerunRecord, Work
from generation.querysets import is_privileged
from generation.reruns.records import KINDS

UNFINISHED = {Job.Status.QUEUED, Job.Status.RUNNING}
STATES = {
    RerunRecord.Result.BIT_EXACT: "holds",
    RerunRecord.Result.WITHIN_TOLERANCE: "holds",
    RerunRecord.Result.DIFFERS: "does_not_hold",
}


@dataclass(frozen=True, kw_only=True)
class ShownRecord:
    """A record for the page: whether it speaks for the work, and its sentence."""

    record: RerunRecord
    state: str
    sentence: str
    signed: list[tuple[str, object]]
    """names and values of what was signed, in the order of the type"""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Everything that the page of a work says of running it again."""

    records: list[ShownRecord]
    under_way: list[Rerun]
    watched: Rerun | None
    """the viewer's own that is under way, whose live events the page follows"""
    failed: Rerun | None
    """the last one, when it ended without a record and nothing has come since"""
    may_ask: bool
    may_audit: bool


def panel_of(work: Work, *, viewer: Person | AnonymousUser) -> Panel:
    """What this viewer sees of a work's re-runs."""
    reruns = list(work.reruns.select_related("job", "record"))
    records = [rerun.record for rerun in reruns if hasattr(rerun, "record")]
    may_ask = isinstance(viewer, Person) and (work.person_id == viewer.pk or is_privileged(viewer))
    last = reruns[0] if reruns else None
    failed = last if last and last.job and last.job.status in {Job.Status.FAILED, Job.Status.CANCELED} else None
    trajectory = getattr(work, "trajectory", None)
    under_way = [each for each in reruns if each.job and each.job.status in UNFINISHED]
    return Panel(
        records=[shown(record) for record in sorted(records, key=lambda record: record.made_at, reverse=True)],
        under_way=under_way,
        watched=next((each for each in under_way if each.job and each.job.person_id == viewer.pk), None),
        failed=failed if may_ask else None,
        may_ask=may_ask,
        may_audit=may_ask and trajectory is not None and bool(trajectory.path),
    )


def shown(record: RerunRecord) -> ShownRecord:
    """The record as a sentence; law 8: it says what was compared, and no more."""
    kind, message = record.rerun.kind, record.document["message"]
    words = _audit_words(record, message) if kind == Rerun.Kind.AUDIT else _reproduce_words(record, message)
    where = "on the machine that drew it" if message["sameMachine"] else "on another machine"
    in_class = "in the same class" if message["sameClass"] else "in another class"
    return ShownRecord(
        record=record,
        state=STATES[RerunRecord.Result(record.result)],
        sentence=f"{words} Run {where}, {in_class}.",
        signed=[(name, message[name]) for name, _ in KINDS[Rerun.Kind(kind)].fields if name in message],
    )


def _reproduce_words(record: RerunRecord, message: dict[str, str]) -> str:
    if record.result == RerunRecord.Result.BIT_EXACT:
        return "The recipe was run again and gave the same pixels, every one."
    apart = f"{int(message['psnrHundredths']) / 100:.1f} dB, {message['pdqDistance']} of 256 bits apart"
    if record.result == RerunRecord.Result.WITHIN_TOLERANCE:
        return f"The recipe was run again and gave the same picture within tolerance ({apart})."
    return f"The recipe was run again and gave another picture ({apart})."


def _audit_words(record: RerunRecord, message: dict[str, str]) -> str:
    transition, leaves = int(message["transition"]), int(message["leaves"])
    what = "The decoding of the last latents" if transition == leaves else f"Step {transition + 1} of {leaves}"
    if record.result == RerunRecord.Result.BIT_EXACT:
        return f"{what}, chosen by chance, was run again and gave exactly what had been committed to."
    share = int(message["errorBillionths"]) / 1e9
    if record.result == RerunRecord.Result.WITHIN_TOLERANCE:
        return f"{what}, chosen by chance, was run again and gave what had been committed to, but for {share:.1e}."
    return f"{what}, chosen by chance, was run again and did not give what had been committed to."
