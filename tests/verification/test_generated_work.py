"""From a real pipeline's picture to a report in which everything holds."""

import pytest

from accounts.models import Person
from generation import registry
from generation.models import DiffusionModel, Work
from generation.services import submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from verification.services import verify_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("private", [False, True], ids=["public prompt", "private prompt"])
def test_what_the_worker_publishes_holds_in_every_layer(*, private: bool) -> None:
    folder = registry.ensure_tiny_model()
    model = DiffusionModel.objects.create(
        slug="tiny",
        name="Tiny",
        source=str(folder),
        default_steps=1,
        default_width=64,
        default_height=64,
        is_default=True,
    )
    registry.refresh_hash(model, folder)
    person = Person.objects.create_user(username="ada", password="teal sun over waves")
    submit_job(person=person, prompt="a teal sun e\u0301", negative_prompt="blur", private_prompt=private)
    run_waiting_jobs(worker="test", stopping=lambda: False)

    work = Work.objects.get()
    report = verify_file(read_bytes(work.file))

    assert (report.verdict, report.work_id) == ("is_work", str(work.pk))
    states = {layer.name: layer.state for layer in report.layers if layer.name != "chain"}
    # 64 pixels a side have no room for a mark.
    assert states.pop("watermark") == "cannot_be_told"
    assert states.pop("reexecution") == "cannot_be_told"
    assert states == dict.fromkeys(
        ("content_hash", "pixel_hash", "c2pa", "attestation", "recipe", "look_alikes"), "holds"
    )
    assert (b"a teal sun" in read_bytes(work.file)) is not private
