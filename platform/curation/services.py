"""The one write of curation: a decision about a work, kept for good."""

import unicodedata

from django.db import transaction

from accounts.models import Person
from api.errors import InvalidInput
from curation.errors import DecisionRefused, NotACurator
from curation.models import CurationDecision
from generation.ipfs import pinning
from generation.models import Work

CURATORS = "Curators"
"""name of the group whose members may review; made by a migration"""

REASON_MAX_LENGTH = 2000
"""characters of a reason"""

Decision = CurationDecision.Decision
STATE_AFTER = {
    Decision.APPROVE: Work.Review.APPROVED,
    Decision.HIDE: Work.Review.HIDDEN,
    Decision.REJECT: Work.Review.REJECTED,
    Decision.RESTORE: Work.Review.PENDING,
}
DECISION_FOR = {state: decision for decision, state in STATE_AFTER.items()}


def is_curator(person: Person) -> bool:
    """Whether this person may review works: a member of "Curators", or a superuser; never a closed account."""
    return person.is_active and (person.is_superuser or person.groups.filter(name=CURATORS).exists())


def review_work(
    *,
    work: Work,
    curator: Person,
    decision: CurationDecision.Decision,
    reason: str,
    seen_state: str | None = None,
) -> CurationDecision:
    """Append a decision with its reason and set the work's review state, in one transaction.

    `seen_state` is the review state that the curator had before her eyes; a decision taken meanwhile by another
    curator is then refused instead of being overwritten unseen. Raises NotACurator, InvalidInput (an empty or
    over-long reason, an unknown decision), DecisionRefused.
    """
    if not is_curator(curator):
        raise NotACurator("Only members of the group “Curators” may review works. Nothing was changed.")
    reason = _checked_reason(reason)
    if decision not in STATE_AFTER:
        raise InvalidInput.for_field("decision", "A decision is one of approve, hide, reject, restore.")
    new_state = STATE_AFTER[Decision(decision)]
    with transaction.atomic():
        # The row lock: two curators deciding at once are put in line, and each sees the other's state.
        locked = Work.objects.select_for_update(no_key=True).get(pk=work.pk)
        _check_still_as_judged(locked=locked, work=work, new_state=new_state, seen_state=seen_state)
        entry = CurationDecision.objects.create(
            work=locked,
            content_hash=bytes(locked.content_hash),
            curator=curator,
            decision=decision,
            reason=reason,
            previous_state=locked.review_state,
        )
        Work.objects.filter(pk=locked.pk).update(review_state=new_state)
        if new_state == Work.Review.APPROVED:
            pinning.want_work(locked)
    work.review_state = new_state
    return entry


def undo_decision(*, entry: CurationDecision, curator: Person, reason: str) -> CurationDecision:
    """Put the work back into the state it had before `entry`, as a new entry of the log.

    Raises DecisionRefused when somebody has decided about the work since, and whatever `review_work` raises.
    """
    work = Work.objects.get(pk=entry.work_id)
    newest = work.decisions.order_by("-created_at", "-id").first()
    if newest is None or newest.pk != entry.pk:
        raise DecisionRefused("Somebody has decided about this work since; look at it again. Nothing was changed.")
    return review_work(
        work=work,
        curator=curator,
        decision=DECISION_FOR[Work.Review(entry.previous_state)],
        reason=reason,
        seen_state=STATE_AFTER[Decision(entry.decision)],
    )


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput.for_field("reason", "Give a reason: the maker of the work will read it.", code="required")
    if len(reason) > REASON_MAX_LENGTH:
        raise InvalidInput.for_field(
            "reason",
            f"The reason has {len(reason)} characters; at most {REASON_MAX_LENGTH} are kept.",
            code="too_long",
        )
    if any(unicodedata.category(character) == "Cc" and character not in "\n\r\t" for character in reason):
        raise InvalidInput.for_field("reason", "The reason contains control characters; take them out.")
    return reason


def _check_still_as_judged(*, locked: Work, work: Work, new_state: str, seen_state: str | None) -> None:
    if bytes(locked.content_hash) != bytes(work.content_hash):
        raise DecisionRefused("The content of this work is not the one you judged. Nothing was changed.")
    if locked.review_state == new_state:
        raise DecisionRefused(f"This work is already {locked.get_review_state_display()}. Nothing was changed.")
    if seen_state is not None and locked.review_state != seen_state:
        raise DecisionRefused(
            f"Meanwhile another curator decided: this work is now {locked.get_review_state_display()}. "
            "Nothing was changed; look again and decide."
        )
