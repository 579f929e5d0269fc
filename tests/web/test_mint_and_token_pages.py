"""A mint on its way, and the token with its proof."""

import json

from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from minting.chains import ChainConfig
from minting.models import Mint
from provenance.digests import to_hex
from tests.web import samples


def address_of(mint: Mint) -> str:
    token_id = int.from_bytes(bytes(mint.work.content_hash), "big")
    return f"/tokens/{mint.collection.chain_id}/{mint.collection.address}/{token_id}/"


def test_the_stations_tell_how_far_a_mint_is(as_ada: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada), status="submitted")
    page = as_ada.get(f"/mints/{mint.pk}/")
    assert [station.state for station in page.context["stations"]] == ["reached", "reached", "current", "ahead"]
    assert f'data-events="/api/v1/mints/{mint.pk}/events"' in page.content.decode()


def test_a_final_mint_leads_to_its_token(as_ada: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    page = as_ada.get(f"/mints/{mint.pk}/").content.decode()
    assert f'href="{address_of(mint)}"' in page
    assert "data-events" not in page


def test_a_mint_that_waits_says_why(as_ada: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada), status="requested", error_code="x", error_detail="No RPC answers.")
    page = as_ada.get(f"/mints/{mint.pk}/").content.decode()
    assert "It waits. No RPC answers." in page
    assert "Try again" not in page


def test_a_failed_mint_says_why_and_can_be_asked_for_again(as_ada: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada), status="failed", error_code="x", error_detail="Out of funds.")
    page = as_ada.get(f"/mints/{mint.pk}/")
    assert "Out of funds." in page.content.decode()
    assert [station.state for station in page.context["stations"]] == ["reached", "stopped", "ahead", "ahead"]
    as_ada.post(f"/mints/{mint.pk}/retry/")
    assert Mint.objects.filter(status="requested").count() == 1


def test_what_cannot_be_retried_is_said_on_the_page(as_ada: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    page = as_ada.post(f"/mints/{mint.pk}/retry/", follow=True).content.decode()
    assert 'class="notice error"' in page
    assert Mint.objects.get().status == "final"


def test_somebody_elses_mint_is_not_found(as_bo: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada), status="failed")
    assert as_bo.get(f"/mints/{mint.pk}/").status_code == 404
    assert as_bo.post(f"/mints/{mint.pk}/retry/").status_code == 404
    assert Mint.objects.get().status == "failed"


def test_the_token_page_is_for_everybody_and_names_what_the_browser_checks(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    page = client.get(address_of(mint))
    text = page.content.decode()
    assert page.status_code == 200
    assert f'data-expected="{to_hex(bytes(mint.work.content_hash))}"' in text
    assert f'data-url="/ipfs/{mint.metadata_file.cid}"' in text
    assert mint.collection.address in text


def test_the_signature_is_recovered_by_the_server(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    line = next(each for each in client.get(address_of(mint)).context["lines"] if each.check == "signature")
    assert (line.by, line.state) == ("server", "holds")


def test_a_signature_by_another_key_does_not_hold(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    work.attestation["attester"] = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    work.save()
    lines = client.get(address_of(samples.a_mint(work))).context["lines"]
    assert next(each for each in lines if each.check == "signature").state == "does_not_hold"


def test_when_the_chain_does_not_answer_nothing_is_claimed(client: Client, ada: Person, settings: Settings) -> None:
    settings.CHAINS = (ChainConfig(chain_id=31337, name="Local chain", rpc_urls=("http://127.0.0.1:9",)),)
    mint = samples.a_mint(samples.a_work(ada))
    page = client.get(address_of(mint))
    assert "Cannot be told now" in page.content.decode()
    assert page.context["lines"][0].state == "cannot_be_told"


def test_a_token_that_is_not_there_yet_is_not_found(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada), status="submitted")
    assert client.get(address_of(mint)).status_code == 404
    assert client.get(f"/tokens/31337/{mint.collection.address}/12/").status_code == 404
    assert client.get(f"/tokens/31337/{mint.collection.address}/not-a-number/").status_code == 404
    assert client.get(f"/tokens/31337/{mint.collection.address}/{'9' * 5000}/").status_code == 404


def test_a_picture_taken_off_the_wall_is_not_shown_on_its_token(client: Client, ada: Person) -> None:
    work = samples.a_work(ada, review_state="rejected")
    page = client.get(address_of(samples.a_mint(work))).content.decode()
    assert "The curators have taken this picture off the wall" in page
    assert f'src="/ipfs/{work.file.cid}"' not in page


def test_the_metadata_of_a_token_is_served_byte_for_byte(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    answer = client.get(f"/ipfs/{mint.metadata_file.cid}")
    assert json.loads(answer.content)["image"] == f"ipfs://{mint.work.file.cid}"
    assert answer["Content-Type"] == "application/json"
