"""What a visitor may paste: everything that names a work or a token leads to its content hash."""

from collections.abc import Callable

import pytest
from django.test import Client

from api.errors import InvalidInput
from generation.models import Work
from minting.indexer.models import Token
from minting.models import Chain, Collection
from tests.verification.conftest import MakeFile, MakeWork
from verification.naming import content_hash_named

TRANSACTION = b"\x07" * 32
FAR = "0x" + "ab" * 32


def token_id(work: Work) -> int:
    return int.from_bytes(bytes(work.content_hash))


NAMES: dict[str, Callable[[Work], str]] = {
    "content hash": lambda work: "0x" + bytes(work.content_hash).hex(),
    "content hash, bare and in capitals": lambda work: bytes(work.content_hash).hex().upper(),
    "pixel hash": lambda work: "0x" + bytes(work.pixel_hash).hex(),
    "recipe hash": lambda work: "0x" + bytes(work.recipe_hash).hex(),
    "work id": lambda work: str(work.pk),
    "work page": lambda work: f"https://colophon.example/works/{work.pk}/",
    "token id": lambda work: str(token_id(work)),
    "token page": lambda work: f"https://colophon.example/tokens/31337/0x{'5a' * 20}/{token_id(work)}/",
    "CAIP-19": lambda work: f"eip155:1/erc721:0x{'5a' * 20}/{token_id(work)}",
    "market’s page": lambda work: f"https://market.example/assets/base/0x{'5a' * 20}/{token_id(work)}?tab=details",
    "file’s address": lambda work: f"ipfs://{work.file.cid}",
    "recipe’s address at a gateway": lambda work: f"https://gateway.example/ipfs/{work.recipe_file.cid}",
}


@pytest.mark.parametrize("name", NAMES)
def test_each_name_leads_to_the_content_hash(name: str, work: Work) -> None:
    assert content_hash_named(f"  {NAMES[name](work)} ") == bytes(work.content_hash)


@pytest.fixture
def token(work: Work) -> Token:
    """The work's token in the index."""
    chain = Chain.objects.create(chain_id=1, name="One", genesis_hash=b"\x01" * 32)
    collection = Collection.objects.create(
        slug="one", chain=chain, address="0x" + "5a" * 20, name="One", symbol="ONE"
    )
    return Token.objects.create(
        collection=collection,
        token_id=bytes(work.content_hash),
        owner="0x" + "11" * 20,
        first_owner="0x" + "11" * 20,
        minted_block=1,
        minted_at=work.created_at,
        mint_transaction=TRANSACTION,
        changed_block=1,
        transfers=0,
    )


def test_a_transaction_leads_to_the_token_that_it_minted(token: Token, work: Work) -> None:
    assert content_hash_named("0x" + TRANSACTION.hex()) == bytes(work.content_hash)
    assert content_hash_named(f"https://explorer.example/tx/0x{TRANSACTION.hex()}") == bytes(work.content_hash)


def test_a_transaction_with_several_tokens_names_them(token: Token, make_file: MakeFile, record: MakeWork) -> None:
    other = record(make_file(seed=8))
    Token.objects.create(
        collection=token.collection,
        token_id=bytes(other.content_hash),
        owner=token.owner,
        first_owner=token.owner,
        minted_block=1,
        minted_at=token.minted_at,
        mint_transaction=TRANSACTION,
        changed_block=1,
        transfers=0,
    )
    with pytest.raises(InvalidInput) as refused:
        content_hash_named("0x" + TRANSACTION.hex())
    assert refused.value.errors[0].code == "several_found"
    assert bytes(other.content_hash).hex() in refused.value.detail


def test_an_unknown_hash_is_taken_for_a_files(db: None) -> None:
    assert content_hash_named(FAR) == b"\xab" * 32


@pytest.mark.parametrize("text", ["", "hello", "0x123", "42", "x" * 501, "https://colophon.example/", "ftp://a/b"])
def test_what_names_nothing_is_refused(text: str, db: None) -> None:
    with pytest.raises(InvalidInput) as refused:
        content_hash_named(text)
    assert refused.value.errors[0].code == "not_recognised"


def test_a_hidden_work_is_not_found_by_its_id(work: Work) -> None:
    Work.objects.update(review_state="hidden")
    with pytest.raises(InvalidInput) as refused:
        content_hash_named(str(work.pk))
    assert refused.value.errors[0].code == "nothing_found"


def test_the_api_answers_what_a_name_leads_to(work: Work, client: Client) -> None:
    answer = client.get("/api/v1/verify", {"q": f"https://colophon.example/works/{work.pk}/"})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "is_work")
    refused = client.get("/api/v1/verify", {"q": "hello"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "q")
