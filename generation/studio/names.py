"""Names that people give to boards and presets."""

from api.errors import FieldError, InvalidInput
from generation import prompts


def checked_name(name: str, *, longest: int) -> str:
    """The name, normalised as prompts are. Raises InvalidInput when it is empty, too long or hides characters."""
    name = prompts.normalise(name)
    fault = prompts.fault_of(name, required=True)
    if fault is not None and fault[0] == "required":
        fault = "required", "Give it a name."
    if fault is None and len(name) > longest:
        fault = "too_long", f"The name has {len(name)} characters; at most {longest} are possible."
    if fault is not None:
        raise InvalidInput(fault[1], errors=[FieldError(field="name", code=fault[0], detail=fault[1])])
    return name
