"""Works as the engine publishes them: marked, attested, with content credentials, compared."""

import io
from collections.abc import Iterable

from PIL import Image

from accounts.models import Person
from generation.comparing import compare_waiting_works
from generation.lookalikes.index import crops, whole_pictures
from generation.models import DiffusionModel, Work
from generation.publishing.noting import Making
from generation.publishing.pictures import publish_picture
from generation.queue import claim_jobs
from generation.services import submit_job
from generation.starter.drawing.scenes import sample_scene
from generation.starter.drawing.styles import render
from tests.verification.conftest import MODEL_HASH, _recipe

MAKING = Making(
    engine_version="1",
    model={"source": "x/tiny", "model_hash": "0x" + MODEL_HASH.hex()},
    scheduler={"name": "DDIMScheduler", "config_hash": "0x" + "33" * 32},
    reproducibility_class=_recipe(1, salt=None)["reproducibility_class"],
)


def drawing(seed: int) -> Image.Image:
    """A picture such as the starter model learnt from: each seed another one."""
    return Image.fromarray(render(sample_scene(seed), 256))


def publish(pictures: Iterable[tuple[int, Image.Image]]) -> list[Work]:
    """A work of each picture, with its seed, in this order."""
    person, _ = Person.objects.get_or_create(username="ada")
    DiffusionModel.objects.get_or_create(
        slug="tiny",
        defaults={"name": "Tiny", "source": "x/tiny", "model_hash": MODEL_HASH, "is_default": True, "max_side": 256},
    )
    works = []
    for seed, picture in pictures:
        submit_job(person=person, prompt=f"drawing {seed}", seed=seed)
        (claim,) = claim_jobs(worker="w", limit=1)
        works.append(publish_picture(claim=claim, index=0, image=picture, making=MAKING, steps_done=1))
    compare_waiting_works()
    # A process that verifies sees the rows of others within a second; here that second is not waited for.
    whole_pictures.forget()
    crops.forget()
    return works


def opened(data: bytes) -> Image.Image:
    """The file's picture."""
    return Image.open(io.BytesIO(data)).convert("RGB")
