"""The bench's million works are rows like any other."""

import pytest

from bench import verification
from generation.models import PerceptualHash, Work
from generation.publishing.mark_index import issued_marks
from generation.storage import read_bytes
from tests.verification.conftest import Made, MakeWork
from verification.services import verify_file


@pytest.mark.django_db(transaction=True)
def test_a_work_is_told_among_those_of_the_bench(
    made: Made, record: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = record(made)
    monkeypatch.setattr(verification, "WORKS", 250)
    monkeypatch.setattr(verification, "PER_JOB", 100)
    verification._fill()
    assert Work.objects.count() == PerceptualHash.objects.filter(place=0).count() == 250
    issued_marks.forget()
    assert len(issued_marks.near(0, within=64) or []) == 249
    assert verify_file(read_bytes(work.file)).work_id == str(work.pk)
