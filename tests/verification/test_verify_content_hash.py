from pathlib import Path

import pytest
from pytest_django import Settings

from api.errors import InvalidInput
from generation.models import Work
from provenance.digests import content_hash, to_hex
from tests.verification.conftest import Made
from tests.verification.test_verify_file import states
from verification.services import verify_content_hash


def test_the_kept_file_is_read_and_checked_again(made: Made, work: Work) -> None:
    report = verify_content_hash(content_hash(made.data))
    assert (report.verdict, report.work_id) == ("is_work", str(work.pk))
    assert states(report) == {
        "content_hash": "holds",
        "pixel_hash": "holds",
        "c2pa": "holds",
        "attestation": "holds",
        "recipe": "holds",
        "chain": "does_not_hold",
    }


def test_a_lost_file_leaves_what_is_recorded(made: Made, work: Work, settings: Settings) -> None:
    (Path(settings.MEDIA_ROOT) / work.file.path).unlink()
    report = verify_content_hash(content_hash(made.data))
    assert states(report) == {
        "content_hash": "holds",
        "pixel_hash": "cannot_be_told",
        "c2pa": "cannot_be_told",
        "attestation": "holds",
        "recipe": "holds",
        "chain": "does_not_hold",
    }


def test_a_changed_record_is_noticed(made: Made, work: Work, settings: Settings) -> None:
    (Path(settings.MEDIA_ROOT) / work.file.path).unlink()
    Work.objects.filter(pk=work.pk).update(recipe={**made.recipe, "seed": "8"})
    report = verify_content_hash(content_hash(made.data))
    assert [layer.code for layer in report.layers if layer.name == "recipe"] == ["recipe_differs"]
    assert "not everything holds: see recipe" in report.sentence


def test_an_unknown_hash_is_unknown(db: None) -> None:
    report = verify_content_hash(b"\x01" * 32)
    assert (report.verdict, report.content_hash, report.work_id) == ("unknown", to_hex(b"\x01" * 32), None)


@pytest.mark.parametrize("digest", [b"", b"\x01" * 31, b"\x01" * 33])
def test_a_hash_of_another_length_is_refused(digest: bytes, db: None) -> None:
    with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
        verify_content_hash(digest)
