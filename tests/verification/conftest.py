"""Real works for verification: signed by real keys, with real manifests, minted on a real chain."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from eth_account import Account
from eth_utils.address import to_checksum_address
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from devstack import anvil
from devstack.ports import wait_until
from generation.models import DiffusionModel, Job, Work
from generation.storage import store_bytes
from minting import contract_calls
from minting.chain_identity import known_chain
from minting.chains import ChainConfig
from minting.contracts.mint_item import mint_item
from minting.models import Collection
from minting.rpc import client_for
from minting.signers import attester_address
from provenance import attestations, credentials, recipes
from provenance.canonical import canonical_json
from provenance.certificates import load_or_create_signer
from provenance.digests import content_hash, pixel_hash
from provenance.keys import load_or_create_key

MODEL_HASH = b"\x11" * 32
NOT_TO_CREATOR = False
OWNER = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A picture's file as it is published, and what was signed about it."""

    image: Image.Image
    data: bytes
    recipe: recipes.Recipe
    attestation: attestations.Attestation
    document: dict[str, Any]


MakeFile = Callable[..., Made]
MakeWork = Callable[..., Work]


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, settings: Settings) -> None:
    """Keys and files of this test's own, and no chain unless the test asks for one."""
    settings.ATTESTER_KEY_FILE = tmp_path / "keys/attester.key"
    settings.C2PA_DIR = tmp_path / "keys/c2pa"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CHAINS = ()


@pytest.fixture
def plain_static_files(settings: Settings) -> None:
    """Without `collectstatic` there are no hashed names to find."""
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}


@pytest.fixture
def make_file() -> MakeFile:
    """Draw, attest and embed, with the platform's keys unless another attester's is given."""

    def make(*, seed: int = 7, private: bool = False, attester_key: bytes | None = None) -> Made:
        image = _drawing(seed)
        recipe = _recipe(seed, salt=b"s" * 32 if private else None)
        attestation = attestations.Attestation(
            pixel_hash=pixel_hash(image),
            recipe_hash=recipes.recipe_hash(recipe),
            model_hash=MODEL_HASH,
            creator=attestations.NO_CREATOR,
            created_at=1_795_349_000,
        )
        key = attester_key or load_or_create_key(django_settings.ATTESTER_KEY_FILE)
        document = attestations.document(
            attestation,
            signature=attestations.sign(attestation, private_key=key),
            attester=Account.from_key(key).address,
        )
        data = credentials.embed(
            encoded(image, "PNG"),
            media_type="image/png",
            recipe=recipe,
            attestation_document=document,
            title="Untitled" if private else "a teal sun",
            signer=load_or_create_signer(django_settings.C2PA_DIR),
        )
        return Made(image=image, data=data, recipe=recipe, attestation=attestation, document=document)

    return make


@pytest.fixture
def made(make_file: MakeFile) -> Made:
    return make_file()


@pytest.fixture
def record(db: None) -> MakeWork:
    """Write a made file down as a work, as the engine does."""

    def write(made: Made, *, review_state: str = "pending") -> Work:
        person, _ = Person.objects.get_or_create(username="ada")
        model, _ = DiffusionModel.objects.get_or_create(slug="tiny", defaults={"name": "Tiny", "source": "x/tiny"})
        measures: dict[str, Any] = {"seed": 7, "width": made.image.width, "height": made.image.height}
        job = Job.objects.create(
            person=person, model=model, prompt="a teal sun", steps=4, guidance_scale=2, count=1, **measures
        )
        return Work.objects.create(
            job=job,
            index=0,
            person=person,
            model=model,
            prompt="a teal sun",
            file=store_bytes(data=made.data, media_type="image/png"),
            preview_path="none",
            thumbhash="",
            content_hash=content_hash(made.data),
            pixel_hash=made.attestation.pixel_hash,
            recipe_hash=made.attestation.recipe_hash,
            recipe_file=store_bytes(data=canonical_json(made.recipe), media_type="application/json"),
            recipe=made.recipe,
            attestation=made.document,
            review_state=review_state,
            **measures,
        )

    return write


@pytest.fixture
def work(made: Made, record: MakeWork) -> Work:
    return record(made)


@pytest.fixture
def collection(fresh_chain: str, db: None, settings: Settings) -> Collection:
    """A contract on a chain of this test's own; the chain's unlocked account is admin and minter."""
    config = ChainConfig(chain_id=anvil.CHAIN_ID, name="Test chain", rpc_urls=(fresh_chain,))
    settings.CHAINS = (config,)
    account = _account(fresh_chain)
    creation = contract_calls.deployment(
        ("First light", "LIGHT", account, account, attester_address(), account, 500, NOT_TO_CREATOR, b"\x22" * 32)
    )
    receipt = _send(fresh_chain, {"data": "0x" + creation.hex()})
    return Collection.objects.create(
        slug="first-light",
        chain=known_chain(client_for(config)),
        address=to_checksum_address(receipt["contractAddress"]),
        name="First light",
        symbol="LIGHT",
        status=Collection.Status.READY,
        is_default=True,
    )


@pytest.fixture
def mint(collection: Collection) -> Callable[[Work, bytes], None]:
    """Mint a work's token with these metadata bytes, by a transaction sent straight to the contract."""

    def send(work: Work, metadata: bytes) -> None:
        attestation, signature, _ = attestations.from_document(work.attestation)
        item = mint_item(
            content_hash=bytes(work.content_hash),
            metadata_hash=bytes(store_bytes(data=metadata, media_type="application/json").sha256),
            to=OWNER,
            attestation=attestation,
            signature=signature,
        )
        call = contract_calls.call("mint", item)
        (config,) = django_settings.CHAINS
        _send(config.rpc_urls[0], {"to": collection.address, "data": "0x" + call.hex()})

    return send


@pytest.fixture
def burn(collection: Collection) -> Callable[[Work], int]:
    """Burn a work's token as its owner; the block in which that was."""

    def send(work: Work) -> int:
        (config,) = django_settings.CHAINS
        rpc_url = config.rpc_urls[0]
        anvil.call(rpc_url, "anvil_impersonateAccount", OWNER)
        anvil.call(rpc_url, "anvil_setBalance", OWNER, hex(10**18))
        data = contract_calls.call("burn", int.from_bytes(bytes(work.content_hash), "big"))
        receipt = _send(rpc_url, {"from": OWNER, "to": collection.address, "data": "0x" + data.hex()})
        return int(receipt["blockNumber"], 16)

    return send


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own options
    """The file of an image."""
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _drawing(seed: int) -> Image.Image:
    return Image.radial_gradient("L").convert("RGB").resize((64, 48)).rotate(seed)


def _recipe(seed: int, *, salt: bytes | None) -> recipes.Recipe:
    return recipes.build_recipe(
        engine_version="1",
        model={"source": "x/tiny", "model_hash": "0x" + MODEL_HASH.hex()},
        prompt="a teal sun",
        seed=seed,
        steps=4,
        guidance_scale=Decimal(2),
        scheduler={"name": "DDIMScheduler", "config_hash": "0x" + "33" * 32},
        width=64,
        height=48,
        reproducibility_class={
            "torch": "2.13.0+cpu",
            "diffusers": "0.42.1",
            "transformers": "5.23.0",
            "device": "cpu AVX2",
            "dtype": "float32",
            "threads": 2,
            "attention": "AttnProcessor2_0",
            "slots": 1,
        },
        prompt_salt=salt,
    )


def _account(rpc_url: str) -> str:
    accounts = anvil.call(rpc_url, "eth_accounts")
    assert isinstance(accounts, list)
    return str(to_checksum_address(accounts[0]))


def _send(rpc_url: str, fields: dict[str, str]) -> dict[str, Any]:
    """Send from the chain's unlocked account, which mines soon after it has answered; the receipt."""
    sent = anvil.call(rpc_url, "eth_sendTransaction", {"from": _account(rpc_url), **fields})
    wait_until(lambda: anvil.call(rpc_url, "eth_getTransactionReceipt", sent) is not None, what=f"{sent} is mined")
    receipt = anvil.call(rpc_url, "eth_getTransactionReceipt", sent)
    assert isinstance(receipt, dict)
    assert receipt["status"] == "0x1"
    return receipt
