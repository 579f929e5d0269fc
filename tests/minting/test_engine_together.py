"""Several processes, threads or programs send for one signer: one token each, and no nonce gap."""

import threading
from dataclasses import replace

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.engine.outcomes import fail_mint
from minting.models import Collection, Mint, MintReservation
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.stage import (
    MakeWork,
    drive_in_a_process,
    drive_to,
    drive_until,
    mine,
    nonces,
    rpc,
    token_id,
    transfers_from_nobody,
)


def test_two_threads_driving_at_once_make_one_token(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    def deliver() -> None:
        try:
            drive()
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


@pytest.mark.processes
def test_two_processes_driving_at_once_make_one_token(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, worker_environment: dict[str, str]
) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(drive_in_a_process(worker_environment))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0, 0]
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_many_mints_are_in_flight_at_once_without_a_nonce_gap(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, max_in_flight=4, max_batch=1),)
    works = [make_work(name=f"work {number}") for number in range(6)]
    for one in works:
        request_mint(person=person, work=one, to=owner)
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive()
    assert Mint.objects.filter(status=Mint.Status.SUBMITTED).count() == 4
    mine(chain)
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.SUBMITTED).count() == 2)
    mine(chain)
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.MINED).count() == 6)
    assert sorted(transfers_from_nobody(chain, collection)) == sorted(token_id(one) for one in works)
    assert nonces(chain) == (list(range(7)), 7)


def test_a_nonce_that_another_program_used_waits_for_proof_and_then_gets_a_new_one(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    submitted = drive_to(mint, Mint.Status.SUBMITTED)
    assert submitted.transaction is not None
    rpc(chain, "anvil_dropTransaction", f"{submitted.transaction.attempts.get()}")
    signer = platform_signer().address
    rpc(chain, "anvil_impersonateAccount", signer)
    rpc(chain, "eth_sendTransaction", {"from": signer, "to": signer, "value": "0x1", "nonce": "0x1"})
    mine(chain)
    drive()
    submitted.refresh_from_db()
    assert (submitted.status, submitted.error_code) == (Mint.Status.SUBMITTED, "nonce_used_elsewhere")

    mine(chain, 2)
    drive_until(lambda: Mint.objects.filter(id=mint.pk, transaction__nonce=2).exists())
    mine(chain)
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1, 2], 3)


def test_a_mint_that_another_process_has_sent_meanwhile_is_not_failed(mint: Mint, chain: ChainConfig) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    as_read = Mint.objects.get(pk=mint.pk)
    submitted = drive_to(mint, Mint.Status.SUBMITTED)
    fail_mint(as_read, code="work_hidden", detail="Seen too late.")
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.revision) == (Mint.Status.SUBMITTED, "", submitted.revision)
    assert MintReservation.objects.get().status == "reserved"
