"""Every page of the panel renders, and none of them can change what the services own."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from api.panel import ReadOnlyAdmin

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
READ_ONLY = [model for model in MODELS if isinstance(admin.site._registry[model], ReadOnlyAdmin)]


def page(model: type[Model], view: str, *arguments: object) -> str:
    """The address of a model's page in the panel."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=arguments)


def test_the_panel_has_the_rooms_it_should() -> None:
    assert {model._meta.label for model in MODELS} == {
        "accounts.Person", "accounts.Wallet", "api.ApiKey", "auth.Group", "curation.CurationDecision",
        "generation.Adapter", "generation.Allowance", "generation.DiffusionModel", "generation.Job", "generation.Pin",
        "generation.PromptRule", "generation.StepTime", "generation.TimeStamp", "generation.Turn",
        "generation.Wildcard", "generation.Work", "generation.Worker", "minting.Alert", "minting.Chain",
        "minting.Collection", "minting.Factory", "minting.Mint", "minting.MintBatch", "minting.MintBudget",
        "minting.MintBudgetUse", "minting.SignerNonce", "minting.Splitter", "minting.Transaction", "minting.Voucher",
        "webhooks.OutboxEvent",
    }  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_its_list_and_its_page_render(superuser: Client, everything: None, model: type[Model]) -> None:
    assert superuser.get(page(model, "changelist")).status_code == 200
    row = model._default_manager.first()
    assert row is not None
    assert superuser.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_searching_it_for_words_and_for_a_hash_works(superuser: Client, everything: None, model: type[Model]) -> None:
    if admin.site._registry[model].search_fields:
        for term in ("teal sun", "0x0123456789abcdef", "0xzz"):
            assert superuser.get(page(model, "changelist"), {"q": term}).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_nothing_can_be_added_changed_or_deleted_by_hand(
    superuser: Client, everything: None, model: type[Model]
) -> None:
    row = model._default_manager.first()
    assert row is not None
    before = list(model._default_manager.values())

    assert superuser.get(page(model, "add")).status_code == 403
    assert (
        superuser.post(page(model, "change", row.pk), {"status": "final", "review_state": "approved"}).status_code
        == 403
    )
    assert superuser.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    superuser.post(
        page(model, "changelist"), {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    )

    assert list(model._default_manager.values()) == before


def test_people_are_closed_not_deleted(superuser: Client, everything: None) -> None:
    person = Person.objects.get(username="mira")
    assert superuser.post(page(Person, "delete", person.pk), {"post": "yes"}).status_code == 403
    assert Person.objects.filter(pk=person.pk).exists()


def test_the_panel_shows_the_sites_mark(superuser: Client) -> None:
    page = superuser.get(reverse("admin:index")).content.decode()
    assert 'rel="icon"' in page
    assert "img/mark" in page


def test_visitors_are_sent_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.get(reverse("admin:curation_desk")).status_code == 302


def test_a_key_shows_its_prefix_and_never_its_hash(superuser: Client, everything: None) -> None:
    from api.models import ApiKey

    key = ApiKey.objects.get()
    shown = superuser.get(page(ApiKey, "change", key.pk)).content.decode()
    assert "abcdefgh" in shown
    assert bytes(key.key_hash).hex() not in shown
