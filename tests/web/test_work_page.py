"""One picture and its colophon."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import Settings

from accounts.models import Person, Wallet
from curation.models import CurationDecision
from generation.models import Pin, Resemblance, Work
from minting.models import Mint
from provenance.digests import to_hex
from tests.web import samples

OWNER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_the_colophon_says_who_how_and_with_what(client: Client, ada: Person) -> None:
    work = samples.a_work(ada, number=5)
    page = client.get(f"/works/{work.pk}/").content.decode()
    for words in (
        "Basalt",
        "ada",
        "Starter",
        "Flow<wbr>Match<wbr>Euler<wbr>Discrete<wbr>Scheduler",
        "in 20 steps from the seed 4216",
    ):
        assert words in page
    for digest in (work.content_hash, work.pixel_hash, work.recipe_hash):
        assert to_hex(bytes(digest)) in page
    assert "A signature says who vouches, not that a model ran." in page


@pytest.mark.parametrize(
    ("checker", "words"), [("none", "by no checker"), ("pipeline", "by the model’s own checker")]
)
def test_it_says_what_looked_at_the_picture(client: Client, ada: Person, checker: str, words: str) -> None:
    work = samples.a_work(ada, safety={"checker": checker, "flagged": False, "scores": {}})
    assert words in client.get(f"/works/{work.pk}/").content.decode()


def test_the_picture_shown_is_the_file_that_was_hashed(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    assert f'<img src="/ipfs/{work.file.cid}"' in client.get(f"/works/{work.pk}/").content.decode()


def test_only_its_maker_is_offered_to_mint_it(client: Client, as_ada: Client, as_bo: Client, ada: Person) -> None:
    samples.a_collection()
    address = f"/works/{samples.a_work(ada).pk}/"
    assert "Mint this work" in as_ada.get(address).content.decode()
    assert "Mint this work" not in as_bo.get(address).content.decode()
    assert "Mint this work" not in client.get(address).content.decode()


def test_the_owners_address_is_the_linked_wallet(as_ada: Client, ada: Person) -> None:
    samples.a_collection()
    Wallet.objects.create(person=ada, address=OWNER)
    assert f'value="{OWNER}"' in as_ada.get(f"/works/{samples.a_work(ada).pk}/").content.decode()


def test_minting_leads_to_the_mints_page(as_ada: Client, ada: Person) -> None:
    work, collection = samples.a_work(ada), samples.a_collection()
    answer = as_ada.post(f"/works/{work.pk}/mint/", {"to": OWNER, "collection": str(collection.pk)})
    mint = Mint.objects.get()
    assert answer["Location"] == f"/mints/{mint.pk}/"
    assert (mint.work, mint.to, mint.status) == (work, OWNER, "requested")


@pytest.mark.parametrize("to", ["", "0x123", OWNER.swapcase().replace("0X", "0x")])
def test_a_bad_address_is_refused_beside_its_field(as_ada: Client, ada: Person, to: str) -> None:
    work, collection = samples.a_work(ada), samples.a_collection()
    answer = as_ada.post(f"/works/{work.pk}/mint/", {"to": to, "collection": str(collection.pk)})
    assert answer.status_code == 422
    assert answer.context["mint_form"].errors["to"]
    assert not Mint.objects.exists()


def test_nobody_mints_somebody_elses_work(as_bo: Client, ada: Person) -> None:
    work, collection = samples.a_work(ada), samples.a_collection()
    answer = as_bo.post(f"/works/{work.pk}/mint/", {"to": OWNER, "collection": str(collection.pk)})
    assert answer.status_code == 404
    assert not Mint.objects.exists()


def test_a_hidden_work_is_seen_by_its_maker_with_the_reason_and_by_curators_only(
    client: Client, as_ada: Client, as_bo: Client, ada: Person, bo: Person
) -> None:
    work = samples.a_work(ada, review_state="hidden")
    samples.a_collection()
    CurationDecision.objects.create(
        work=work,
        content_hash=work.content_hash,
        curator=bo,
        decision="hide",
        reason="a logo",
        previous_state="pending",
    )
    address = f"/works/{work.pk}/"
    page = as_ada.get(address).content.decode()
    assert "The curators have hidden this work: “a logo”" in page
    assert "Mint this work" not in page
    assert client.get(address).status_code == 404
    assert as_bo.get(address).status_code == 404
    bo.groups.add(Group.objects.get_or_create(name="Curators")[0])
    assert as_bo.get(address).status_code == 200


def test_a_flagged_work_is_blurred(client: Client, ada: Person) -> None:
    work = samples.a_work(ada, flagged=True)
    assert "Blurred until a curator has looked" in client.get(f"/works/{work.pk}/").content.decode()


def test_words_that_look_like_markup_stay_words(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    type(work).objects.filter(pk=work.pk).update(prompt="<script>alert(1)</script>")
    for address in (f"/works/{work.pk}/", "/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_title_is_read_in_its_own_direction(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    Work.objects.update(prompt="שמש מעל הים.")
    assert re.search(r'<h1 [^>]*dir="auto">שמש מעל הים\.</h1>', client.get(f"/works/{work.pk}/").content.decode())


def test_the_maker_is_shown_what_her_work_resembles(client: Client, as_ada: Client, ada: Person, bo: Person) -> None:
    earlier, hidden = samples.a_work(bo), samples.a_work(bo, number=1, review_state="hidden")
    work = samples.a_work(ada, number=2)
    for other, kind in ((earlier, "near"), (hidden, "exact")):
        Resemblance.objects.create(work=work, earlier=other, kind=kind, distance=12)
    page = as_ada.get(f"/works/{work.pk}/").content.decode()
    shown = page[page.index("What it resembles") :]
    assert f'<a href="/works/{earlier.pk}/">' in shown
    assert "a near-copy" in shown
    # Not what she may not see, and nothing to others.
    assert str(hidden.pk) not in page
    assert "What it resembles" not in client.get(f"/works/{work.pk}/").content.decode()


def test_the_watermark_is_called_a_hint(client: Client, ada: Person) -> None:
    marked, unmarked = samples.a_work(ada, watermark_id=-5), samples.a_work(ada, number=1)
    assert "It is a hint, never a proof." in client.get(f"/works/{marked.pk}/").content.decode()
    assert "Watermark" not in client.get(f"/works/{unmarked.pk}/").content.decode()


def test_gateways_are_linked(client: Client, ada: Person, settings: Settings) -> None:
    settings.IPFS_GATEWAYS = ["https://ipfs.example/ipfs/"]
    work = samples.a_work(ada)
    assert f'href="https://ipfs.example/ipfs/{work.file.cid}"' in client.get(f"/works/{work.pk}/").content.decode()


def test_the_page_says_what_the_node_keeps(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    pin = Pin.objects.create(file=work.file)
    said = "Kept on this platform’s IPFS node."
    assert said not in client.get(f"/works/{work.pk}/").content.decode()
    Pin.objects.filter(pk=pin.pk).update(state="pinned")
    assert said in client.get(f"/works/{work.pk}/").content.decode()
