"""An upload that is checked is nowhere afterwards: not in a row, not on the disk under any name, not in the log."""

import io
import logging
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from generation.models import StoredFile
from tests.verification.conftest import encoded
from verification import services
from verification.services import Report


@pytest.fixture(params=["/verify/", "/api/v1/verify"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_static_files")
@pytest.mark.parametrize(("begins_with", "answer"), [(b"", 200), (b"no picture", 422)])
def test_a_large_upload_has_no_name_on_the_disk(
    address: str,
    begins_with: bytes,
    answer: int,
    client: Client,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    picture = encoded(Image.effect_noise((2000, 2000), 90).convert("RGB"), "PNG")
    assert len(picture) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    file = io.BytesIO(begins_with + picture)
    file.name = "a secret holiday.png"
    while_checked: list[list[Path]] = []
    check = services.verify_file

    def watched(data: bytes) -> Report:
        while_checked.append(list(folder.rglob("*")))
        assert data == file.getvalue()
        return check(data)

    monkeypatch.setattr(services, "verify_file", watched)
    caplog.set_level(logging.DEBUG)
    assert client.post(address, {"file": file}).status_code == answer
    assert while_checked == [[]]
    assert list(folder.rglob("*")) == []
    assert "secret holiday" not in caplog.text
    assert not StoredFile.objects.exists()
