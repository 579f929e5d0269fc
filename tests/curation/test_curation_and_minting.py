"""What curators decide binds the mint: hidden and rejected works cannot become tokens."""

import pytest

from accounts.models import Person
from curation.models import CurationDecision
from curation.services import Decision, review_work
from generation.models import Work
from minting.errors import WorkNotMintable
from minting.models import Chain, Collection, Mint
from minting.services import request_mint

OWNER = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


@pytest.fixture
def collection(db: None) -> Collection:
    """A collection that is ready; no chain is needed to be refused."""
    chain = Chain.objects.create(chain_id=31337, name="Test chain", genesis_hash=bytes(32))
    return Collection.objects.create(slug="one", chain=chain, address=OWNER, name="One", symbol="ONE", status="ready")


@pytest.mark.parametrize(("decision", "code"), [(Decision.HIDE, "work_hidden"), (Decision.REJECT, "work_rejected")])
def test_a_work_that_was_hidden_or_rejected_cannot_be_minted(
    work: Work, maker: Person, curator: Person, collection: Collection, decision: CurationDecision.Decision, code: str
) -> None:
    review_work(work=work, curator=curator, decision=decision, reason="Not in this collection.")

    with pytest.raises(WorkNotMintable) as refusal:
        request_mint(person=maker, work=work, to=OWNER, collection=collection)

    assert refusal.value.code == code
    assert not Mint.objects.exists()


def test_a_restored_work_can_be_minted_again(
    work: Work, maker: Person, curator: Person, collection: Collection
) -> None:
    review_work(work=work, curator=curator, decision=Decision.HIDE, reason="Wait.")
    review_work(work=work, curator=curator, decision=Decision.RESTORE, reason="The maker answered.")

    mint = request_mint(person=maker, work=work, to=OWNER, collection=collection)
    assert (mint.status, mint.work) == ("requested", work)
