"""Law 7: what is published is marked as AI-made, in the file, where any C2PA reader finds it."""

import io
from pathlib import Path

import c2pa
import pytest
from PIL import Image

from provenance.certificates import load_or_create_anchors, load_or_create_signer
from provenance.credentials import MEDIA_TYPES, embed, read

AI_MADE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def published(folder: Path, media_type: str) -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(file, media_type.removeprefix("image/"))
    return embed(
        file.getvalue(),
        media_type=media_type,
        recipe={"schema": "x"},
        attestation_document={},
        title="a teal sun",
        signer=load_or_create_signer(folder),
    )


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_any_c2pa_reader_finds_that_a_trained_model_made_it(media_type: str, tmp_path: Path) -> None:
    # The library with its own settings, as somebody else's program would use it.
    with c2pa.Reader(media_type, io.BytesIO(published(tmp_path / "c2pa", media_type))) as reader:
        manifest = reader.get_active_manifest()
        assert reader.get_validation_state() == "Valid"
    (actions,) = (each["data"]["actions"] for each in manifest["assertions"] if "c2pa.actions" in each["label"])
    assert [(action["action"], action["digitalSourceType"]) for action in actions] == [("c2pa.created", AI_MADE)]


def test_the_mark_cannot_be_changed_unnoticed(tmp_path: Path) -> None:
    file = published(tmp_path / "c2pa", "image/png")
    relabelled = file.replace(b"trainedAlgorithmicMedia", b"digitalCaptureAlgorithm")
    assert len(relabelled) == len(file)
    assert relabelled != file
    report = read(relabelled, media_type="image/png", anchors_pem=load_or_create_anchors(tmp_path / "c2pa"))
    assert (report.state, report.says_ai_made) == ("invalid", False)
