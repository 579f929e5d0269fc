"""People and a work to decide about."""

import hashlib
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from accounts.models import Person
from curation.services import CURATORS
from generation.models import DiffusionModel, Job, StoredFile, Work


def stored(data: bytes, media_type: str = "image/png") -> StoredFile:
    """A row for these bytes; the bytes themselves are not needed by the review."""
    digest = hashlib.sha256(data).digest()
    return StoredFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "cid": f"bafkrei{digest.hex()[:52]}",
            "media_type": media_type,
            "size": len(data),
            "path": digest.hex(),
        },
    )[0]


@pytest.fixture
def maker(db: None) -> Person:
    """Mira makes pictures and is no curator."""
    return Person.objects.create_user("mira", password="blue-lantern-42")


@pytest.fixture
def curator(db: None) -> Person:
    """Ada is a member of "Curators"."""
    person = Person.objects.create_user("ada", password="green-lantern-42", is_staff=True)
    person.groups.add(Group.objects.get(name=CURATORS))
    return person


@pytest.fixture
def make_work(maker: Person) -> Callable[..., Work]:
    """Make a work; keyword arguments replace its fields."""
    model = DiffusionModel.objects.create(slug="tiny", name="Tiny", source="tiny")
    job = Job.objects.create(
        person=maker, model=model, prompt="a teal sun", seed=7, steps=2, guidance_scale=2, width=64, height=64,
        count=16, status=Job.Status.SUCCEEDED,
    )  # fmt: skip

    def make(index: int = 0, **changes: object) -> Work:
        picture = stored(f"picture {index}".encode())
        fields: dict[str, object] = {
            "job": job, "index": index, "person": maker, "model": model, "prompt": "a teal sun", "seed": 7 + index,
            "width": 64, "height": 64, "file": picture, "preview_path": f"previews/{index}.webp", "thumbhash": "",
            "content_hash": bytes(picture.sha256), "pixel_hash": hashlib.sha256(b"pixels %d" % index).digest(),
            "recipe_hash": hashlib.sha256(b"recipe %d" % index).digest(),
            "recipe_file": stored(f"recipe {index}".encode(), "application/json"), "recipe": {"seed": 7 + index},
            "attestation": {"message": {}},
        }  # fmt: skip
        return Work.objects.create(**fields | changes)

    return make


@pytest.fixture
def work(make_work: Callable[..., Work]) -> Work:
    """A work that awaits review."""
    return make_work()
