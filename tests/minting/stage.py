"""Works, chains and collections for the tests of minting: real rows, a real attestation, a real anvil."""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from eth_account import Account
from pytest_django import Settings

from accounts.models import Person
from devstack import anvil
from devstack.ports import free_port, wait_until
from generation.models import DiffusionModel, Job, Work
from generation.storage import store_bytes
from minting.chain_reader import TRANSFER
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction
from minting.services import deploy_collection, request_mint
from minting.signers import attester_address, platform_signer
from provenance import attestations
from provenance.canonical import canonical_json
from provenance.keys import load_or_create_key

ONE_PIXEL_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

ROOT = Path(__file__).resolve().parents[2]
MakeWork = Callable[..., Work]


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, settings: Settings) -> None:
    """Keys and files of this test's own; pages name static files by their own names, for none are collected."""
    settings.SIGNER_KEY_FILE = tmp_path / "keys/signer.key"
    settings.ATTESTER_KEY_FILE = tmp_path / "keys/attester.key"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def person(transactional_db: None) -> Person:
    return Person.objects.create_user(username="ada", password="teal sun over waves")


@pytest.fixture
def make_work(person: Person) -> MakeWork:
    """A finished work with a real attestation by the attester's key; each call makes another content."""

    def make(*, name: str = "one", prompt: str = "a teal sun over navy waves", maker: Person = person) -> Work:
        return _work(maker, name=name, prompt=prompt)

    return make


@pytest.fixture
def work(make_work: MakeWork) -> Work:
    return make_work()


def _work(person: Person, *, name: str, prompt: str) -> Work:
    model, _ = DiffusionModel.objects.get_or_create(
        slug="tiny", defaults={"name": "Tiny", "source": "tests", "model_hash": _digest("model")}
    )
    job = Job.objects.create(
        person=person, model=model, prompt=prompt, seed=7, steps=4, guidance_scale=2, width=1, height=1, count=1
    )
    recipe = {"prompt": prompt, "seed": "7", "name": name}
    recipe_bytes = canonical_json(recipe)
    attestation = attestations.Attestation(
        pixel_hash=_digest(f"pixels {name}"),
        recipe_hash=hashlib.sha256(recipe_bytes).digest(),
        model_hash=_digest("model"),
        creator=attestations.NO_CREATOR,
        created_at=int(time.time()),
    )
    signature = attestations.sign(attestation, private_key=load_or_create_key(settings.ATTESTER_KEY_FILE))
    picture = ONE_PIXEL_PNG + name.encode()
    return Work.objects.create(
        job=job,
        index=0,
        person=person,
        model=model,
        prompt=prompt,
        seed=7,
        width=1,
        height=1,
        file=store_bytes(data=picture, media_type="image/png"),
        preview_path="none",
        thumbhash="",
        content_hash=hashlib.sha256(picture).digest(),
        pixel_hash=attestation.pixel_hash,
        recipe_hash=attestation.recipe_hash,
        recipe_file=store_bytes(data=recipe_bytes, media_type="application/json"),
        recipe=recipe,
        attestation=attestations.document(attestation, signature=signature, attester=attester_address()),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def chain(fresh_chain: str, transactional_db: None, settings: Settings) -> ChainConfig:
    """A chain of this test's own on which the platform's signer has money."""
    config = ChainConfig(
        chain_id=anvil.CHAIN_ID, name="Test chain", rpc_urls=(fresh_chain,), confirmations=2, resend_seconds=0
    )
    settings.CHAINS = (config,)
    anvil.fund(fresh_chain, platform_signer().address)
    return config


@pytest.fixture
def collection(chain: ChainConfig) -> Collection:
    """A deployed default collection."""
    deploy_collection(slug="first-light", name="First light", symbol="LIGHT", is_default=True)
    drive_until(lambda: Collection.objects.filter(slug="first-light", status=Collection.Status.READY).exists())
    return Collection.objects.get(slug="first-light")


@pytest.fixture
def owner() -> str:
    """The address that tokens go to."""
    return str(Account.create().address)


def drive_until(condition: Callable[[], bool]) -> None:
    """Drive the engine, as beat does, until the condition holds."""

    def holds_after_a_round() -> bool:
        drive()
        return condition()

    wait_until(holds_after_a_round, what="the engine got there", seconds=20)


def drive_to(mint: Mint, status: Mint.Status) -> Mint:
    """Drive until a mint has a status; the fresh mint."""
    drive_until(lambda: Mint.objects.filter(id=mint.pk, status=status).exists())
    return Mint.objects.select_related("transaction", "metadata_file").get(id=mint.pk)


def rpc(config: ChainConfig, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results
    """One JSON-RPC call to a test's chain."""
    return anvil.call(config.rpc_urls[0], method, *parameters)


def start_anvil(
    flags: Sequence[str] = (), *, chain_id: int = anvil.CHAIN_ID
) -> tuple["subprocess.Popen[bytes]", str]:
    """A further anvil, and its RPC address; stop it with `stop_anvil`."""
    port = free_port()
    process = subprocess.Popen([*anvil.command(ROOT, port=port, chain_id=chain_id), *flags])
    wait_until(lambda: anvil.answers(port=port), what="anvil answers")
    return process, anvil.url(port=port)


def stop_anvil(process: "subprocess.Popen[bytes]") -> None:
    """Let it save its state, and wait for its end."""
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)


def mine(config: ChainConfig, blocks: int = 1) -> None:
    """Add empty blocks to a test's chain."""
    rpc(config, "anvil_mine", hex(blocks))


def token_id(work: Work) -> int:
    """Law 3, computed here on its own: the SHA-256 of the file, as an integer."""
    return int.from_bytes(bytes(work.content_hash), "big")


def transfers_from_nobody(config: ChainConfig, collection: Collection) -> list[int]:
    """Ids of all tokens that ever came into being in a contract, by its logs."""
    topics = ["0x" + TRANSFER.hex(), "0x" + 64 * "0"]
    query = {"address": collection.address, "fromBlock": "0x0", "toBlock": "latest", "topics": topics}
    return [int(log["topics"][3], 16) for log in rpc(config, "eth_getLogs", query)]


def nonces(config: ChainConfig) -> tuple[list[int], int]:
    """Nonces in the database, in order, and how many transactions of the signer the chain has."""
    known = list(Transaction.objects.order_by("nonce").values_list("nonce", flat=True))
    return known, int(rpc(config, "eth_getTransactionCount", platform_signer().address, "latest"), 16)


def drive_in_a_process(environment: dict[str, str], **variables: str) -> int:
    """One round of the engine in a process of its own; its exit status (-9 when it was killed)."""
    program = "import django; django.setup(); from minting.tasks import drive; drive()"
    return subprocess.run(
        [sys.executable, "-c", program], env={**environment, **variables}, check=False, timeout=60
    ).returncode


@pytest.fixture
def mint(collection: Collection, work: Work, person: Person, owner: str) -> Mint:
    """Requested, and not driven yet."""
    return request_mint(person=person, work=work, to=owner)


@pytest.fixture
def worker_environment(chain: ChainConfig, tmp_path: Path) -> dict[str, str]:
    """Environment of a real chain worker process on this test's database, chain and keys."""
    database = connection.settings_dict
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "colophon.settings",
        "DATABASE_URL": (
            f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
            f"/{database['NAME']}"
        ),
        "CHAINS": json.dumps([asdict(chain)]),
        "SIGNER_KEY_FILE": str(settings.SIGNER_KEY_FILE),
        "ATTESTER_KEY_FILE": str(settings.ATTESTER_KEY_FILE),
        "COLOPHON_HOME": str(tmp_path / "home"),
    }
