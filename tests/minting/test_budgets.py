"""Relayed mints spend the platform's money: set aside before signing, settled by the receipt, or given back."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from api.models import Scope
from api.services import create_key
from generation.models import Work
from minting.budgets import GAS_OF_A_MINT
from minting.cancelling import cancel_mint
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.errors import BudgetExhausted
from minting.models import Chain, Collection, Mint, MintBudget, MintBudgetUse, MintReservation, Transaction
from minting.services import request_mint
from tests.minting.stage import MakeWork, drive_to, drive_until, mine, rpc


def use_of(subject: str) -> tuple[int, int]:
    use = MintBudgetUse.objects.get(subject=subject)
    return use.mints, int(use.wei)


def test_the_estimate_is_set_aside_and_the_receipt_settles_it(
    collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    Chain.objects.update(gas_price=2 * 10**9)
    mint = request_mint(person=person, work=make_work(), to=owner)
    assert use_of("everybody") == use_of(f"person:{person.pk}") == (1, GAS_OF_A_MINT * 2 * 10**9)
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.transaction is not None
    assert mined.transaction.gas_used is not None
    cost = mined.transaction.gas_used * int(mined.transaction.effective_gas_price or 0)
    assert use_of("everybody") == use_of(f"person:{person.pk}") == (1, cost)
    assert MintReservation.objects.get().status == "settled"


def test_mints_of_one_transaction_share_its_cost(
    collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    mints = [request_mint(person=person, work=make_work(name=f"{n}"), to=owner) for n in range(3)]
    mined = drive_to(mints[0], Mint.Status.MINED)
    assert mined.transaction is not None
    assert mined.transaction.gas_used is not None
    cost = mined.transaction.gas_used * int(mined.transaction.effective_gas_price or 0)
    assert use_of("everybody") == (3, cost)


def test_a_refusal_says_what_is_left_and_when_more_comes(
    collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 1}}
    request_mint(person=person, work=make_work(name="one"), to=owner)
    with pytest.raises(BudgetExhausted) as refusal:
        request_mint(person=person, work=make_work(name="two"), to=owner)
    assert "pays for 1 mints a day (yours); 0 are left. More comes at" in refusal.value.detail
    assert 0 < refusal.value.wait <= 86_400
    assert (Mint.objects.count(), use_of(f"person:{person.pk}")[0]) == (1, 1)


def test_money_is_a_limit_as_well(
    collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    Chain.objects.update(gas_price=10**9)
    settings.MINT_BUDGETS = {"everybody": {"wei": str(GAS_OF_A_MINT * 10**9 * 3 // 2)}}
    request_mint(person=person, work=make_work(name="one"), to=owner)
    with pytest.raises(BudgetExhausted, match=f"{GAS_OF_A_MINT * 10**9 // 2} wei are left"):
        request_mint(person=person, work=make_work(name="two"), to=owner)
    assert Mint.objects.count() == 1


def test_an_operator_can_allow_more(
    collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 0}}
    MintBudget.objects.create(person=person, mints_per_day=1)
    request_mint(person=person, work=make_work(name="one"), to=owner)
    with pytest.raises(BudgetExhausted):
        request_mint(person=person, work=make_work(name="two"), to=owner)


def test_what_was_not_spent_is_given_back(
    collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    cancel_mint(mint=request_mint(person=person, work=make_work(), to=owner))
    assert use_of("everybody") == use_of(f"person:{person.pk}") == (0, 0)
    assert MintReservation.objects.get().status == "returned"


def test_a_mint_that_is_canceled_after_it_was_sent_counts(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    mint = drive_to(request_mint(person=person, work=make_work(), to=owner), Mint.Status.SUBMITTED)
    cancel_mint(mint=mint)
    drive()
    mine(chain, 3)
    canceled = drive_to(mint, Mint.Status.FAILED)
    assert canceled.transaction is not None
    assert canceled.transaction.gas_used is not None
    cost = canceled.transaction.gas_used * int(canceled.transaction.effective_gas_price or 0)
    assert (canceled.error_code, cost > 0, use_of(f"person:{person.pk}")) == ("canceled", True, (1, cost))


def test_two_requests_at_once_cannot_both_take_the_last_one(
    collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 1}}
    works = [make_work(name=f"{n}") for n in range(4)]
    refused: list[BudgetExhausted] = []

    def ask(place: int) -> None:
        try:
            request_mint(person=person, work=works[place], to=owner)
        except BudgetExhausted as problem:
            refused.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), Mint.objects.count(), use_of(f"person:{person.pk}")[0]) == (3, 1, 1)


def test_a_keys_budget_is_refused_over_the_api_with_429(
    client: Client, collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"key": {"mints": 1}}
    key, secret = create_key(person=person, scopes=[Scope.MINT, Scope.READ])
    answers = [
        client.post(
            "/api/v1/mints",
            {"work": str(make_work(name=name).pk), "to": owner},
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        for name in ("one", "two")
    ]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1].headers["Content-Type"] == "application/problem+json"
    assert answers[1].json()["code"] == "mint_budget_exhausted"
    assert "this key's" in answers[1].json()["detail"]
    now = datetime.now(UTC)
    assert 0 < int(answers[1].headers["Retry-After"]) <= 86_400 - now.hour * 3600
    assert use_of(f"key:{key.pk}")[0] == 1


def test_what_a_reverted_transaction_cost_stays_spent_when_its_mints_go_again(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    mints = [request_mint(person=person, work=make_work(name=f"{n}"), to=owner) for n in range(3)]
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive()
    code = rpc(chain, "eth_getCode", collection.address, "latest")
    rpc(chain, "anvil_setCode", collection.address, "0x60006000fd")
    mine(chain, 3)
    drive()
    rpc(chain, "anvil_setCode", collection.address, code)
    rpc(chain, "evm_setAutomine", True)  # noqa: FBT003 - JSON-RPC
    for mint in mints:
        drive_to(mint, Mint.Status.MINED)
    carriers = Transaction.objects.filter(kind="mint")
    assert [carrier.succeeded for carrier in carriers.order_by("nonce")] == [False, True, True, True]
    cost = sum((carrier.gas_used or 0) * int(carrier.effective_gas_price or 0) for carrier in carriers)
    assert use_of("everybody") == use_of(f"person:{person.pk}") == (3, cost)


def test_without_a_limit_for_everybody_no_row_of_everybody_is_waited_for(
    collection: Collection, work: Work, person: Person, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 1}}
    request_mint(person=person, work=work, to=owner)
    assert list(MintBudgetUse.objects.values_list("subject", flat=True)) == [f"person:{person.pk}"]


@pytest.mark.parametrize("succeeds", [False, True], ids=["reverts again", "succeeds"])
def test_a_failed_mint_whose_transaction_a_reorg_mines_anew_counts_as_what_it_ends_as(
    *, succeeds: bool, chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.SUBMITTED)
    code = rpc(chain, "eth_getCode", collection.address, "latest")
    rpc(chain, "anvil_setCode", collection.address, "0x60006000fd")
    mine(chain)
    failed = drive_to(mint, Mint.Status.FAILED)
    assert failed.transaction is not None
    assert use_of("everybody") == (0, cost_of_all())

    first = bytes(failed.transaction.block_hash or b"")
    rpc(chain, "anvil_reorg", 1, [])
    if succeeds:
        rpc(chain, "anvil_setCode", collection.address, code)
    drive()
    mine(chain)
    drive_until(
        lambda: Transaction.objects.filter(kind="mint", succeeded=succeeds).exclude(block_hash=first).exists()
    )
    mint.refresh_from_db()
    assert mint.status == (Mint.Status.MINED if succeeds else Mint.Status.FAILED)
    assert use_of("everybody") == use_of(f"person:{person.pk}") == (1 if succeeds else 0, cost_of_all())


def cost_of_all() -> int:
    carriers = Transaction.objects.filter(kind="mint")
    return sum((carrier.gas_used or 0) * int(carrier.effective_gas_price or 0) for carrier in carriers)
