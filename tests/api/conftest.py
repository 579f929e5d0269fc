"""A person, her key, and a client that shows it."""

import hashlib
import os
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Person
from accounts.services import sign_up
from api.services import create_key
from generation.models import DiffusionModel, Job, StoredFile, Work
from generation.services import submit_job
from minting import heads
from provenance.cids import raw_cid
from provenance.digests import to_hex


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """Each test starts with all its requests still to send, and knowing nothing of another test's chain."""
    cache.clear()
    heads._heads.clear()


@pytest.fixture
def ada(db: None) -> Person:
    return sign_up(username="ada", password="teal-sun-over-navy")


@pytest.fixture
def bob(db: None) -> Person:
    return sign_up(username="bob", password="navy-waves-under-teal")


@pytest.fixture
def client_with() -> Callable[..., Client]:
    """A client that shows a fresh key of this person."""

    def made(person: Person, *scopes: str) -> Client:
        _, text = create_key(person=person, scopes=scopes or ["read", "generate", "mint"])
        return Client(headers={"Authorization": f"Bearer {text}"})

    return made


@pytest.fixture
def program(ada: Person, client_with: Callable[..., Client]) -> Client:
    """Ada's program, with every scope."""
    return client_with(ada)


@pytest.fixture
def browser(ada: Person) -> Client:
    """Ada's browser, signed in, which must send CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


@pytest.fixture
def model(db: None) -> DiffusionModel:
    return DiffusionModel.objects.create(slug="tiny", name="Tiny", source="tiny", is_default=True)


@pytest.fixture
def job(ada: Person, model: DiffusionModel) -> Job:
    """Ada's waiting job."""
    return submit_job(person=ada, prompt="a teal sun over navy waves")


@pytest.fixture
def stored() -> Callable[[], StoredFile]:
    """A row of a stored file. Nothing reads its bytes in these tests."""

    def made() -> StoredFile:
        digest = hashlib.sha256(os.urandom(32)).digest()
        return StoredFile.objects.create(
            sha256=digest, cid=raw_cid(digest), media_type="image/png", size=1, path=f"files/{digest.hex()}"
        )

    return made


@pytest.fixture
def add_work(stored: Callable[[], StoredFile]) -> Callable[..., Work]:
    """Add a work to a job, as the engine would, with what the test changes."""

    def added(job: Job, **changes: object) -> Work:
        file = stored()
        fields = {
            "index": job.works.count(),
            "prompt": job.prompt,
            "seed": job.seed + job.works.count(),
            "preview_path": "previews/x.webp",
            "thumbhash": "eA==",
            "pixel_hash": hashlib.sha256(b"pixels").digest(),
            "recipe_hash": hashlib.sha256(b"recipe").digest(),
            "recipe": {"prompt": job.prompt},
            "attestation": {"message": {"modelHash": to_hex(hashlib.sha256(b"model").digest())}},
            **changes,
        }
        return Work.objects.create(
            job=job,
            person=job.person,
            model=job.model,
            width=job.width,
            height=job.height,
            file=file,
            recipe_file=stored(),
            content_hash=file.sha256,
            **fields,
        )

    return added
