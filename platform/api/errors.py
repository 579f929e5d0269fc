"""The one error shape: RFC 9457 problem details, raised by services, rendered by the REST API and the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.throttling import Limit


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One thing wrong with one input field: `{field, code, detail}`."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """Something a caller can understand and mend.

    `code` is stable and machine-readable (snake_case), `detail` is a full sentence that says what happened and
    what to do, `status` is the HTTP status that fits, `errors` names the input fields at fault. Every app's
    `errors.py` derives from this; services raise it; nothing was written when it is raised.
    """

    code = "problem"
    status = 400
    title = "The request could not be carried out"
    limit: "Limit | None" = None
    """what was exceeded: told in RateLimit headers and Retry-After"""
    members: Mapping[str, Any] = MappingProxyType({})
    """extension members of the JSON (RFC 9457 §3.2)"""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.errors = tuple(errors)


class InvalidInput(Problem):
    """The input breaks a rule; `errors` says which field and why."""

    code = "invalid_input"
    status = 422
    title = "The input is not valid"

    @classmethod
    def for_field(cls, field: str, detail: str, *, code: str = "invalid") -> "InvalidInput":
        """An error about a single field."""
        return cls(detail, errors=[FieldError(field=field, code=code, detail=detail)])


class NotFound(Problem):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"
    status = 404
    title = "Not found"


class Forbidden(Problem):
    """The caller may not do this."""

    code = "forbidden"
    status = 403
    title = "Not allowed"


class Conflict(Problem):
    """The thing is in a state in which this cannot be done."""

    code = "conflict"
    status = 409
    title = "Not possible now"


class Unavailable(Problem):
    """A part that is needed (the chain, the database, storage) does not answer; try again later."""

    code = "unavailable"
    status = 503
    title = "Temporarily unavailable"


class Unauthorized(Problem):
    """The caller did not say who she is, or what she showed does not hold (`WWW-Authenticate` says what would)."""

    code = "not_authenticated"
    status = 401
    title = "Not signed in"


class BodyTooLarge(Problem):
    """The request's body is larger than its address takes; nothing of it was looked at."""

    code = "body_too_large"
    status = 413
    title = "The body is too large"
