"""Curators decide in the panel: one by one, in bulk and at the desk, always through the service."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import CurationDecision
from generation.models import Work

WORKS = "/admin/generation/work/"
DESK = "/admin/curation/curationdecision/desk/"


def review_page(work: Work, decision: str) -> str:
    """Where a curator gives a reason for one work."""
    return reverse("admin:generation_work_review", args=[work.pk, decision])


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("hide", "hidden"), ("reject", "rejected")])
def test_the_reason_page_decides_and_keeps_the_reason(curator: Client, work: Work, decision: str, state: str) -> None:
    assert curator.get(review_page(work, decision)).status_code == 200
    assert Work.objects.get().review_state == "pending"

    curator.post(review_page(work, decision), {"reason": "Looked at twice."})

    assert Work.objects.get().review_state == state
    entry = CurationDecision.objects.get()
    assert (entry.decision, entry.reason, entry.curator.username) == (decision, "Looked at twice.", "ada")


def test_without_a_reason_the_page_asks_again(curator: Client, work: Work) -> None:
    answer = curator.post(review_page(work, "hide"), {"reason": " "})
    assert answer.status_code == 200
    assert "Give a reason" in answer.content.decode()
    assert Work.objects.get().review_state == "pending"
    assert not CurationDecision.objects.exists()


def test_a_bulk_action_asks_first_and_then_says_of_each_what_became_of_it(
    curator: Client, make_work: Callable[..., Work]
) -> None:
    first, second, already = make_work(), make_work(), make_work(review_state="rejected")
    chosen = {"action": "reject_selected", "_selected_action": [str(w.pk) for w in (first, second, already)]}

    asked = curator.post(WORKS, chosen)
    assert asked.status_code == 200
    assert 'name="reason"' in asked.content.decode()
    assert not CurationDecision.objects.exists()

    done = curator.post(WORKS, chosen | {"reason": "One subject too many."}, follow=True)

    assert [work.review_state for work in Work.objects.order_by("index")] == ["rejected"] * 3
    assert set(CurationDecision.objects.values_list("work_id", "reason")) == {
        (first.pk, "One subject too many."),
        (second.pk, "One subject too many."),
    }
    texts = [str(message) for message in done.context["messages"]]
    assert len(texts) == 3
    assert sum("already rejected" in text for text in texts) == 1


@pytest.mark.parametrize("who", ["plain_staff", "operator"])
def test_staff_who_are_no_curators_get_a_403_and_nothing_changes(
    request: pytest.FixtureRequest, work: Work, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    bulk = {"action": "hide_selected", "_selected_action": str(work.pk), "reason": "No."}

    assert client.post(WORKS, bulk).status_code == 403
    assert client.post(review_page(work, "hide"), {"reason": "No."}).status_code == 403
    assert client.get(f"{WORKS}{work.pk}/hide/").status_code == 403
    desk = {"work": str(work.pk), "decision": "hide", "reason": "No.", "seen_state": "pending"}
    assert client.post(DESK, desk).status_code == 403

    assert Work.objects.get().review_state == "pending"
    assert not CurationDecision.objects.exists()


def test_flagged_works_are_blurred_until_asked_for(curator: Client, make_work: Callable[..., Work]) -> None:
    make_work()
    flagged = make_work(flagged=True, flag_reason="nudity")
    for address in (WORKS, DESK, review_page(flagged, "hide")):
        shown = curator.get(address).content.decode()
        assert shown.count('class="picture flagged"') == 1
        assert "Flagged: show" in shown
    assert "picture large flagged" in curator.get(f"{WORKS}{flagged.pk}/change/").content.decode()


def test_private_prompts_are_neither_shown_nor_found(curator: Client, make_work: Callable[..., Work]) -> None:
    work = make_work(prompt="a secret orchard", private_prompt=True)
    for address in (WORKS, DESK, f"{WORKS}{work.pk}/change/", review_page(work, "hide")):
        assert "orchard" not in curator.get(address).content.decode()
    assert work.pk.hex not in curator.get(WORKS, {"q": "orchard"}).content.decode().replace("-", "")


def test_works_are_found_by_prompt_hash_and_person(curator: Client, make_work: Callable[..., Work]) -> None:
    one, other = make_work(prompt="a teal sun"), make_work(prompt="a red moon")

    def found(term: str) -> list[Work]:
        return list(curator.get(WORKS, {"q": term}).context["cl"].result_list)

    assert found("teal") == [one]
    assert found("0x" + bytes(other.content_hash).hex()) == [other]
    assert found(bytes(other.content_hash).hex()[:12]) == [other]
    assert len(found("mira")) == 2
    assert found("0x" + "00" * 32) == []


def test_the_desk_decides_moves_on_and_can_be_undone(curator: Client, make_work: Callable[..., Work]) -> None:
    first, second = make_work(), make_work()
    decision = {
        "work": str(first.pk), "decision": "hide", "reason": "Needs a second pair of eyes.", "seen_state": "pending",
        "next": str(second.pk),
    }  # fmt: skip

    answer = curator.post(DESK, decision)
    assert answer["Location"] == f"{DESK}?show=pending&focus={second.pk}"
    assert [work.review_state for work in Work.objects.order_by("index")] == ["hidden", "pending"]
    entry = CurationDecision.objects.get()
    assert f'name="undo" value="{entry.pk}"' in curator.get(DESK).content.decode()

    curator.post(DESK, {"undo": str(entry.pk)})
    assert Work.objects.get(pk=first.pk).review_state == "pending"
    assert list(CurationDecision.objects.order_by("created_at").values_list("decision", flat=True)) == [
        "hide",
        "restore",
    ]


def test_the_desk_refuses_what_another_curator_decided_meanwhile(curator: Client, work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(review_state="approved")
    desk = {"work": str(work.pk), "decision": "reject", "reason": "Weak.", "seen_state": "pending"}
    answer = curator.post(DESK, desk, follow=True)
    assert "Meanwhile another curator decided" in answer.content.decode()
    assert Work.objects.get().review_state == "approved"
    assert not CurationDecision.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"work": "x", "decision": "hide"}, {"undo": "x"}, {"undo": "0193a7e0-0000-7000-8000-000000000000"}]
)
def test_nonsense_at_the_desk_is_a_404(curator: Client, work: Work, body: dict[str, str]) -> None:
    assert curator.post(DESK, body).status_code == 404
    assert not CurationDecision.objects.exists()


def test_an_unknown_decision_is_refused(curator: Client, work: Work) -> None:
    curator.post(DESK, {"work": str(work.pk), "decision": "burn", "reason": "Because."})
    assert curator.get(f"{WORKS}{work.pk}/review/burn/").status_code == 302
    assert Work.objects.get().review_state == "pending"
    assert not CurationDecision.objects.exists()
