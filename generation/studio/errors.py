"""What can be wrong with boards, presets and comparing."""

from api.errors import Conflict, InvalidInput, NotFound


class BoardNotFound(NotFound):
    """No such board, or a private one of somebody else."""

    code = "board_not_found"


class NameTaken(Conflict):
    """The person has a board, or a preset, of this name."""

    code = "name_taken"


class TooManyBoards(Conflict):
    """The person has as many boards as one person may have."""

    code = "too_many_boards"


class CannotCompare(InvalidInput):
    """Two to four works can be compared."""

    code = "cannot_compare"
