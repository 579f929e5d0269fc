"""The one write of curation: a decision about a work."""

from accounts.models import Person
from curation.models import CurationDecision
from generation.models import Work

CURATORS = "Curators"
"""name of the group whose members may review; made by a migration"""


def review_work(*, work: Work, curator: Person, decision: CurationDecision.Decision, reason: str) -> CurationDecision:
    """Append a decision with its reason and set the work's review state, in one transaction.

    Raises NotACurator, InvalidInput (an empty or over-long reason), DecisionRefused.
    """
    raise NotImplementedError
