"""Real processes are killed, and Redis loses everything all the while: one picture set, and exactly one token."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from devstack.ports import free_port, wait_until
from tests.devstack.running import Up, alive, run_up
from tests.journeys.killing import (
    assert_one_set,
    assert_one_token,
    attempts_at,
    flushed_redis,
    kill_tree,
    process_of,
)
from tests.journeys.program import PATIENCE, Watched, new_key

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]
POINTS = ["nonce_assigned", "signed_and_stored", "sent"]


class Place:
    """A state folder, what runs on it, and the key of a program."""

    def __init__(self, folder: Path) -> None:
        self.markers = folder / "died-at"
        self.markers.mkdir()
        for point in POINTS:
            # As if it had died there already: the test that wants it to die takes the marker away.
            (self.markers / point).touch()
        self.up = self._start(folder / "home")
        self.key = new_key(self.up)

    def _start(self, home: Path) -> Up:
        faults = {"COLOPHON_FAULT": ",".join(POINTS), "COLOPHON_FAULT_ONCE": str(self.markers)}
        up = run_up(home, port=free_port(), JOB_LEASE_SECONDS="5", BATCH_SLOTS="2", **faults)
        wait_until(up.is_ready, what=f"ready; it said: {up.said()}", seconds=240)
        return up

    def start_again(self) -> None:
        """Another `make up` on the same folder."""
        self.up = self._start(self.up.home)

    def job(self, *, count: int = 1, steps: int = 2) -> Watched:
        body = {"prompt": "a teal sun over navy waves", "count": count, "steps": steps}
        return Watched(self.up, self.key, "jobs", body)

    def picture(self) -> str:
        """The id of a work that was just made."""
        job = self.job()
        job.end("succeeded")
        return str(job.now["works"][0]["id"])

    def mint(self, work: str) -> Watched:
        return Watched(self.up, self.key, "mints", {"work": work, "to": Account.create().address})


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    # Not below pytest's own folder, which PostgreSQL's system user may not enter.
    with tempfile.TemporaryDirectory(prefix="colophon-home-") as folder:
        place = Place(Path(folder))
        yield place
        if place.up.process.poll() is None:
            place.up.end()


def test_a_worker_killed_in_mid_job_leaves_one_picture_set(place: Place) -> None:
    with flushed_redis(place.up):
        job = place.job(count=8, steps=30)
        job.wait(lambda now: len(now["works"]) >= 2, what="the third picture is being drawn")
        kill_tree(process_of(place.up, "generation_worker"))
        shown = len(job.now["works"])
        job.wait(lambda now: len(now["works"]) >= shown + 2, what="another worker draws")
        # Asked to stop, a worker gives its job back, and the attempt does not count.
        process_of(place.up, "generation_worker").terminate()
        job.end("succeeded")
    assert_one_set(job)
    assert attempts_at(job) == 2
    assert job.refused == []
    assert set(job.statuses) <= {"queued", "running", "succeeded"}


def test_a_chain_worker_killed_at_every_point_leaves_one_token(place: Place) -> None:
    with flushed_redis(place.up):
        for point in POINTS:
            (place.markers / point).unlink()
        mint = place.mint(place.picture())
        for point in POINTS:
            mint.wait(lambda _, point=point: (place.markers / point).exists(), what=f"died at {point}")  # type: ignore[misc]
            assert mint.now["status"] == "requested"
            # The process that sends is dead; now all the others of the worker.
            kill_tree(process_of(place.up, "chain_worker"))
        mint.end("final")
    assert_one_token(mint)
    assert mint.refused == []


def test_a_database_killed_in_mid_mint_leaves_one_token(place: Place) -> None:
    mint = place.mint(place.picture())
    mint.wait(lambda now: now["status"] != "requested", what="it is sent")
    process_of(place.up, "database").kill()
    mint.end("final")
    assert_one_token(mint)
    assert all(refusal.startswith("503") for refusal in mint.refused)
    wait_until(place.up.answers_ready, what="everything answers", seconds=PATIENCE)


def test_a_killed_make_up_goes_on_where_it_was(place: Place) -> None:
    with flushed_redis(place.up):
        picture = place.picture()
        job = place.job(count=8, steps=30)
        job.wait(lambda now: len(now["works"]) > 0, what="a picture is there")
        mint = place.mint(picture)
        everything = place.up.tree()
        place.up.process.kill()
        assert (job.now["status"], mint.now["status"]) == ("running", "requested")
        wait_until(lambda: alive(everything) == [], what="everything has ended", seconds=PATIENCE)
    place.start_again()
    for watched in (job, mint):
        watched.stack = place.up
    job.end("succeeded")
    mint.end("final")
    assert_one_set(job)
    assert_one_token(mint)
