"""A decision about a work: who may, what is kept, what is refused."""

from collections.abc import Callable

import pytest

from accounts.models import Person
from api.errors import InvalidInput
from curation.errors import DecisionRefused, NotACurator
from curation.models import CurationDecision
from curation.services import Decision, review_work, undo_decision
from generation.models import Work


@pytest.mark.parametrize(
    ("decision", "state"),
    [(Decision.APPROVE, "approved"), (Decision.HIDE, "hidden"), (Decision.REJECT, "rejected")],
)
def test_a_decision_sets_the_state_and_keeps_the_reason(
    work: Work, curator: Person, decision: CurationDecision.Decision, state: str
) -> None:
    entry = review_work(work=work, curator=curator, decision=decision, reason="  Seen at full size.  ")

    work.refresh_from_db()
    assert work.review_state == state
    kept = CurationDecision.objects.get()
    assert kept == entry
    assert (kept.decision, kept.reason, kept.previous_state) == (decision, "Seen at full size.", "pending")
    assert (kept.curator, kept.work) == (curator, work)
    assert bytes(kept.content_hash) == bytes(work.content_hash)


def test_a_superuser_may_review_without_the_group(work: Work) -> None:
    root = Person.objects.create_superuser("root", password="red-lantern-42")
    review_work(work=work, curator=root, decision=Decision.HIDE, reason="By hand.")
    assert Work.objects.get().review_state == "hidden"


@pytest.mark.parametrize("kind", ["maker", "staff", "closed account"])
def test_who_is_no_curator_is_refused(work: Work, curator: Person, maker: Person, kind: str) -> None:
    person = maker
    if kind == "staff":
        maker.is_staff = True
        maker.save()
    if kind == "closed account":
        person = curator
        curator.is_active = False
        curator.save()

    with pytest.raises(NotACurator):
        review_work(work=work, curator=person, decision=Decision.APPROVE, reason="Mine is good.")

    assert Work.objects.get().review_state == "pending"
    assert not CurationDecision.objects.exists()


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("reason", ["", "   \n", "x" * 2001, "bell \x07"])
def test_every_decision_needs_a_reason_that_can_be_kept(
    make_work: Callable[..., Work], curator: Person, decision: CurationDecision.Decision, reason: str
) -> None:
    work = make_work(review_state="approved" if decision == Decision.RESTORE else "pending")
    before = work.review_state

    with pytest.raises(InvalidInput) as refusal:
        review_work(work=work, curator=curator, decision=decision, reason=reason)

    assert refusal.value.errors[0].field == "reason"
    assert Work.objects.get().review_state == before
    assert not CurationDecision.objects.exists()


def test_a_reason_may_have_2000_characters(work: Work, curator: Person) -> None:
    review_work(work=work, curator=curator, decision=Decision.REJECT, reason="x" * 2000)
    assert len(CurationDecision.objects.get().reason) == 2000


def test_the_same_decision_twice_is_refused(work: Work, curator: Person) -> None:
    review_work(work=work, curator=curator, decision=Decision.HIDE, reason="Once.")
    with pytest.raises(DecisionRefused):
        review_work(work=work, curator=curator, decision=Decision.HIDE, reason="Twice.")
    assert CurationDecision.objects.get().reason == "Once."


def test_a_decision_taken_meanwhile_is_not_overwritten_unseen(work: Work, curator: Person) -> None:
    review_work(work=work, curator=curator, decision=Decision.APPROVE, reason="Bold.")
    with pytest.raises(DecisionRefused, match="Meanwhile"):
        review_work(work=work, curator=curator, decision=Decision.REJECT, reason="Weak.", seen_state="pending")
    assert Work.objects.get().review_state == "approved"
    assert CurationDecision.objects.count() == 1


def test_content_that_was_not_judged_is_refused(work: Work, curator: Person) -> None:
    work.content_hash = bytes(32)
    with pytest.raises(DecisionRefused, match="not the one you judged"):
        review_work(work=work, curator=curator, decision=Decision.APPROVE, reason="Bold.")
    assert not CurationDecision.objects.exists()


@pytest.mark.parametrize("before", ["pending", "approved", "rejected"])
def test_undo_is_a_new_entry_that_restores_the_state_before(
    make_work: Callable[..., Work], curator: Person, before: str
) -> None:
    work = make_work(review_state=before)
    entry = review_work(work=work, curator=curator, decision=Decision.HIDE, reason="Too fast.")

    undo_decision(entry=entry, curator=curator, reason="Decided too fast.")

    assert Work.objects.get().review_state == before
    assert list(CurationDecision.objects.order_by("created_at").values_list("reason", flat=True)) == [
        "Too fast.",
        "Decided too fast.",
    ]


def test_only_the_newest_decision_can_be_undone(work: Work, curator: Person) -> None:
    first = review_work(work=work, curator=curator, decision=Decision.HIDE, reason="One.")
    review_work(work=work, curator=curator, decision=Decision.APPROVE, reason="Two.")
    with pytest.raises(DecisionRefused):
        undo_decision(entry=first, curator=curator, reason="Undo one.")
    assert Work.objects.get().review_state == "approved"
    assert CurationDecision.objects.count() == 2
