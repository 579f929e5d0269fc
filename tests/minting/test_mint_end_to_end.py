"""The main road: a work becomes a token that says how it was made."""

import json

from accounts.models import Person
from generation.models import Work
from generation.storage import read_bytes
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction
from minting.services import request_mint
from provenance.cids import digest_of_raw_cid
from tests.minting.stage import drive_to, mine
from webhooks.models import OutboxEvent


def test_a_requested_mint_becomes_a_final_token(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    mint = request_mint(person=person, work=work, to=owner)
    assert mint.status == Mint.Status.REQUESTED

    mint = drive_to(mint, Mint.Status.MINED)
    assert (mint.status, mint.error_code) == (Mint.Status.MINED, "")
    assert mint.submitted_at is not None

    mine(chain, 2)
    mint = drive_to(mint, Mint.Status.FINAL)
    assert mint.transaction is not None
    assert mint.transaction.status == Transaction.Status.FINAL

    state = token_state(collection=collection, token_id=int.from_bytes(bytes(work.content_hash), "big"))
    assert state is not None
    assert state.owner == owner
    assert digest_of_raw_cid(state.token_uri.removeprefix("ipfs://")) == bytes(mint.metadata_file.sha256)
    assert state.confirmations == 2
    document = json.loads(read_bytes(mint.metadata_file))
    assert document["image"] == f"ipfs://{work.file.cid}"
    assert document["colophon"]["attestation"] == work.attestation


def test_every_station_of_a_mint_is_written_to_the_outbox(
    chain: ChainConfig, collection: Collection, person: Person, work: Work, owner: str
) -> None:
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    mine(chain)
    drive()
    mine(chain)
    drive_to(mint, Mint.Status.FINAL)
    told = OutboxEvent.objects.filter(subject=mint.pk)
    assert [event.type for event in told] == [
        "mint.requested",
        "mint.submitted",
        "mint.mined",
        "mint.safe",
        "mint.final",
    ]
