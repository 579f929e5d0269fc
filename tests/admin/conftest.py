"""A panel with something in it, and the people who may look at it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Person, Wallet
from api.models import ApiKey
from curation.models import CurationDecision
from curation.services import review_work
from generation.models import (
    Adapter,
    Allowance,
    DiffusionModel,
    Job,
    Pin,
    Priority,
    PromptRule,
    StepTime,
    StoredFile,
    TimeStamp,
    Wildcard,
    Work,
    Worker,
)
from generation.queue.turns import join_queue
from minting.models import (
    Alert,
    Chain,
    Collection,
    Factory,
    Mint,
    MintBatch,
    MintBudget,
    MintBudgetUse,
    SignerNonce,
    Splitter,
    Transaction,
    TransactionAttempt,
    Voucher,
)
from webhooks.models import OutboxEvent

ADDRESS = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


@pytest.fixture(autouse=True)
def plain_static_files(settings: Settings) -> None:
    """Pages name static files by their own names: nothing has been collected in a test run."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def digest(text: str) -> bytes:
    """A hash that stands for some content."""
    return hashlib.sha256(text.encode()).digest()


def stored(text: str) -> StoredFile:
    """A row for a file; the pages only name it."""
    sha256 = digest(text)
    return StoredFile.objects.create(
        sha256=sha256, cid=f"bafkrei{sha256.hex()[:52]}", media_type="image/png", size=9, path=text
    )


@pytest.fixture
def maker(db: None) -> Person:
    """Mira makes pictures."""
    return Person.objects.create_user("mira", password="blue-lantern-42")


@pytest.fixture
def job(maker: Person) -> Job:
    """A job that has ended well."""
    model = DiffusionModel.objects.create(slug="tiny", name="Tiny", source="tiny", model_hash=digest("weights"))
    return Job.objects.create(
        person=maker, model=model, prompt="a teal sun over navy waves", seed=7, steps=2, guidance_scale=2, width=64,
        height=64, count=4, status=Job.Status.SUCCEEDED,
    )  # fmt: skip


@pytest.fixture
def make_work(job: Job) -> Callable[..., Work]:
    """Make the job's next work; keyword arguments replace its fields."""

    def make(**changes: object) -> Work:
        index = Work.objects.count()
        picture = stored(f"picture {index}")
        fields: dict[str, object] = {
            "job": job, "index": index, "person": job.person, "model": job.model, "prompt": job.prompt,
            "seed": 7 + index,
            "width": 64, "height": 48, "file": picture, "preview_path": f"previews/{index}.webp", "thumbhash": "",
            "content_hash": bytes(picture.sha256), "pixel_hash": digest(f"pixels {index}"),
            "recipe_hash": digest(f"recipe {index}"), "recipe_file": stored(f"recipe {index}"), "recipe": {"seed": 7},
            "attestation": {"message": {}},
        }  # fmt: skip
        return Work.objects.create(**fields | changes)

    return make


@pytest.fixture
def work(make_work: Callable[..., Work]) -> Work:
    """A work that awaits review."""
    return make_work()


@pytest.fixture
def mint(work: Work) -> Mint:
    """A failed mint of the work, with its transaction and one attempt."""
    chain = Chain.objects.create(chain_id=31337, name="Test chain", genesis_hash=digest("genesis"))
    transaction = Transaction.objects.create(
        chain=chain, signer=ADDRESS, nonce=4, kind="mint", data=b"", last_error="no funds"
    )
    TransactionAttempt.objects.create(
        transaction=transaction, raw=b"raw", hash=digest("attempt"), max_fee_per_gas=2, max_priority_fee_per_gas=1
    )
    collection = Collection.objects.create(
        slug="first", chain=chain, address=ADDRESS, name="First", symbol="ONE", status="ready"
    )
    return Mint.objects.create(
        work=work, collection=collection, person=work.person, to=ADDRESS, metadata_file=stored("metadata"),
        status="failed",
        error_code="reverted", transaction=transaction,
    )  # fmt: skip


def carrier(chain: Chain, nonce: int) -> Transaction:
    """A transaction that is final and has done what it should."""
    return Transaction.objects.create(
        chain=chain, signer=ADDRESS, nonce=nonce, kind="call", data=b"", status="final", succeeded=True
    )


def a_voucher(work: Work, collection: Collection) -> Voucher:
    """An open voucher with a royalty of its own."""
    return Voucher.objects.create(
        work=work, collection=collection, person=work.person, to=ADDRESS, price=10**15,
        deadline=timezone.now() + timedelta(days=1), metadata_file=work.recipe_file, signer=ADDRESS,
        signature=bytes(65), royalty_receiver=ADDRESS, royalty_basis_points=750,
    )  # fmt: skip


@pytest.fixture
def everything(mint: Mint, maker: Person) -> None:
    """At least one row behind every page of the panel."""
    Wallet.objects.create(person=maker, address=ADDRESS)
    Adapter.objects.create(slug="ink", name="Ink", source="/models/ink.safetensors", family="sd")
    PromptRule.objects.create(pattern="dragon", action="flag", reason="Dragons need a look.")
    Wildcard.objects.create(name="colour", options="teal")
    Pin.objects.create(file=mint.work.file)
    TimeStamp.objects.create(work=mint.work, state="wanted", authority="http://tsa.example")
    ApiKey.objects.create(person=maker, prefix="abcdefgh", key_hash=digest("key"), scopes=["read"])
    join_queue(person_id=maker.pk, priority=Priority.NORMAL)
    Worker.objects.create(name="painter-1", host="atelier", device="cpu")
    StepTime.objects.create(device="cpu", model=mint.work.model, width=64, height=64, slots=1, seconds=0.1)
    Allowance.objects.create(person=maker, pictures_per_day=7)
    root = Person.objects.create_superuser("root", password="red-lantern-42")
    chain = mint.collection.chain
    Alert.objects.create(kind="signer_low", chain=chain, subject=ADDRESS, detail="Send it some.")
    SignerNonce.objects.create(chain=chain, address=ADDRESS, next_nonce=5, balance=10**18)
    MintBudget.objects.create(person=maker, mints_per_day=7)
    MintBudgetUse.objects.create(subject="everybody", chain=chain, day=mint.created_at.date(), mints=1)
    Factory.objects.create(chain=chain, address=ADDRESS, code_hash=digest("factory"), deployment=carrier(chain, 5))
    shares = [{"address": ADDRESS, "parts": 3}, {"address": ADDRESS.lower(), "parts": 1}]
    Splitter.objects.create(chain=chain, address=ADDRESS, shares=shares, deployment=carrier(chain, 6))
    Mint.objects.update(batch=MintBatch.objects.create(person=maker))
    a_voucher(mint.work, mint.collection)
    OutboxEvent.objects.create(type="mint.failed", subject=mint.pk, person=maker, data={"id": str(mint.pk)})
    review_work(work=mint.work, curator=root, decision=CurationDecision.Decision.APPROVE, reason="A strong picture.")


def _signed_in(name: str, *groups: str, root: bool = False) -> Client:
    person = Person.objects.create_user(name, password="green-lantern-42", is_staff=True, is_superuser=root)
    person.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def curator(db: None) -> Client:
    """Ada's browser: a member of "Curators"."""
    return _signed_in("ada", "Curators")


@pytest.fixture
def operator(db: None) -> Client:
    """Otto's browser: a member of "Operators"."""
    return _signed_in("otto", "Operators")


@pytest.fixture
def superuser(db: None) -> Client:
    """Sue's browser: she may do everything."""
    return _signed_in("sue", root=True)


@pytest.fixture
def plain_staff(db: None) -> Client:
    """Paul's browser: staff who may see works, but is no curator."""
    client = _signed_in("paul")
    person = Person.objects.get(username="paul")
    person.user_permissions.set(Group.objects.get(name="Curators").permissions.filter(codename="view_work"))
    return client
