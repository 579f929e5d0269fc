"""Pictures that a person brings, and workers that draw what was asked for."""

import io

from PIL import Image

from accounts.models import Person
from generation import source_images
from generation.models import SourceImage
from generation.worker import run_waiting_jobs


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


NOISE = Image.effect_noise((96, 64), 80).convert("RGB")


def keep(person: Person, image: Image.Image = NOISE) -> SourceImage:
    return source_images.keep_image(person=person, data=file_of(image))


def draw_all() -> None:
    run_waiting_jobs(worker="w", stopping=lambda: False)
