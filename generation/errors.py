"""What can be wrong with a request for pictures."""

from api.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, Unavailable
from api.throttling import Limit


class UnknownModel(InvalidInput):
    """No enabled model has this name."""

    code = "unknown_model"


class ModelNotConfigured(Conflict):
    """The model is in the table only because works name it."""

    code = "model_not_configured"


class JobNotFound(NotFound):
    """No such job, or somebody else's."""

    code = "job_not_found"


class NoPreview(NotFound):
    """Nothing of the picture can be seen now."""

    code = "no_preview"


class WorkNotFound(NotFound):
    """No such work, or not visible to the caller."""

    code = "work_not_found"


class ImageNotFound(NotFound):
    """No such upload, or somebody else's."""

    code = "image_not_found"


class ImageInUse(Conflict):
    """Jobs or works are made from the upload."""

    code = "image_in_use"


class TooManyImages(Conflict):
    """The person has as many uploads as one person may keep."""

    code = "too_many_images"


class JobNotCancelable(Conflict):
    """The job has already ended."""

    code = "job_already_ended"


class JobNotRetryable(Conflict):
    """Only a failed or canceled job can be tried again."""

    code = "job_not_retryable"


class JobNotWaiting(Conflict):
    """Only a waiting job can be moved in the queue or taken out of it."""

    code = "job_not_waiting"


class QuotaExceeded(Problem):
    """More was asked for than is left; `limit` says how much that is, and when more comes."""

    status = 429
    title = "More than you may ask for"

    def __init__(self, detail: str, *, limit: Limit, asked: int = 1) -> None:
        super().__init__(detail)
        self.limit = limit
        self.members = {
            "quota": {"name": limit.policy, "limit": limit.quota, "left": limit.remaining, "asked": asked}
        }


class TooManyJobs(QuotaExceeded):
    """The person or the key has as many unfinished jobs as one may."""

    code = "too_many_jobs"
    title = "Too many jobs at once"


class PicturesUsedUp(QuotaExceeded):
    """Fewer pictures are left for today than are asked for."""

    code = "daily_pictures_used_up"


class PictureStepsUsedUp(QuotaExceeded):
    """Fewer picture-steps are left for today than are asked for."""

    code = "daily_picture_steps_used_up"


class PriorityNotAllowed(Forbidden):
    """The class of the queue is not open to the person or the key."""

    code = "priority_not_allowed"


class FileUnavailable(Unavailable):
    """A stored file is missing, or its bytes no longer have its hash."""

    code = "file_unavailable"


class StorageFull(Problem):
    """The disk or bucket takes no more bytes."""

    code = "storage_full"
    status = 507
    title = "No room to store the file"
