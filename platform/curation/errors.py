"""What can go wrong while reviewing."""

from api.errors import Conflict, Forbidden


class NotACurator(Forbidden):
    """Only members of the group "Curators" may review."""

    code = "not_a_curator"


class DecisionRefused(Conflict):
    """The work is already in the asked state, or its content is not the one that was judged."""

    code = "decision_refused"
