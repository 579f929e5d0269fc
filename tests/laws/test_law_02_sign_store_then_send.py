"""Law 2: sign, store, then send; a nonce that was assigned is never assigned to another mint."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction, TransactionAttempt
from minting.rpc import ChainClient
from minting.services import request_mint
from tests.minting.stage import (
    drive_in_a_process,
    drive_to,
    mine,
    nonces,
    rpc,
    token_id,
    transfers_from_nobody,
)

POINTS = ["nonce_assigned", "signed_and_stored", "sent"]


@pytest.mark.processes
@pytest.mark.parametrize("mines_at_once", [True, False])
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_chain_worker_leaves_exactly_one_token(
    point: str,
    mines_at_once: bool,  # noqa: FBT001 - a parameter of the test
    chain: ChainConfig,
    collection: Collection,
    work: Work,
    person: Person,
    owner: str,
    worker_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    rpc(chain, "evm_setAutomine", mines_at_once)
    mint = request_mint(person=person, work=work, to=owner)
    faults = {"COLOPHON_FAULT": point, "COLOPHON_FAULT_ONCE": str(tmp_path)}
    status = drive_in_a_process(worker_environment, **faults)
    assert (status, (tmp_path / point).exists()) == (-9, True)
    mint.refresh_from_db()
    assert mint.status == Mint.Status.REQUESTED

    # The next worker would die at the same point, had the marker not been made.
    assert drive_in_a_process(worker_environment, **faults) == 0
    mine(chain, 3)
    drive_to(mint, Mint.Status.FINAL)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_the_raw_transaction_is_committed_before_it_is_sent(
    chain: ChainConfig,
    collection: Collection,
    work: Work,
    person: Person,
    owner: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request_mint(person=person, work=work, to=owner)
    seen: list[tuple[bool, bool]] = []
    really_send = ChainClient.send_raw

    def watched(client: ChainClient, raw: bytes) -> None:
        stored = any(bytes(attempt.raw) == raw for attempt in TransactionAttempt.objects.all())
        seen.append((stored, connection.in_atomic_block))
        really_send(client, raw)

    monkeypatch.setattr(ChainClient, "send_raw", watched)
    drive()
    assert seen == [(True, False)]


def test_the_database_refuses_to_assign_a_nonce_twice(collection: Collection) -> None:
    first = Transaction.objects.get()
    with pytest.raises(IntegrityError):
        Transaction.objects.create(
            chain=first.chain, signer=first.signer, nonce=first.nonce, kind=Transaction.Kind.MINT, data=b""
        )
