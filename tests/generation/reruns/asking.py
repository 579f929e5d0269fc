"""Asking for a work to be run again, and letting a worker do it."""

from typing import Any

from generation.models import Job, Rerun, RerunRecord, Trajectory, Work
from generation.reruns.asking import ask_for_rerun
from generation.worker import run_waiting_jobs
from provenance.trajectories import chosen_transition

STEPS = 3
REPRODUCE, CHECK = Rerun.Kind.REPRODUCE, Rerun.Kind.AUDIT


def run(worker: str = "second", stopping: Any = lambda: False) -> int:  # noqa: ANN401 - a function
    return run_waiting_jobs(worker=worker, stopping=stopping)


def asked(work: Work, kind: Rerun.Kind, *, nonce: bytes | None = None) -> Rerun:
    """Ask as the maker, let a worker run it; the re-run as it is then."""
    rerun = ask_for_rerun(person=work.person, work=work, kind=kind, nonce=nonce)
    assert run() == 1
    return Rerun.objects.select_related("job", "record").get(pk=rerun.pk)


def asked_without_record(work: Work, nonce: bytes) -> Rerun:
    rerun = ask_for_rerun(person=work.person, work=work, kind=CHECK, nonce=nonce)
    run()
    return Rerun.objects.select_related("job").get(pk=rerun.pk)


def nonce_for(work: Work, transition: int) -> bytes:
    """A nonce that chooses this transition."""
    trajectory = Trajectory.objects.get(work=work)
    root, leaves = bytes(trajectory.root), trajectory.leaves
    nonces = (number.to_bytes(32) for number in range(10_000))
    return next(each for each in nonces if chosen_transition(root=root, nonce=each, leaves=leaves) == transition)


def refused(rerun: Rerun) -> str:
    """The code that a re-run failed with; it left no record."""
    assert rerun.job is not None
    assert rerun.job.status == Job.Status.FAILED
    assert not RerunRecord.objects.exists()
    return rerun.job.error_code
