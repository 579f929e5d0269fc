"""What can be wrong with a request for pictures."""

from api.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable


class UnknownModel(InvalidInput):
    """No enabled model has this name."""

    code = "unknown_model"


class JobNotFound(NotFound):
    """No such job, or somebody else's."""

    code = "job_not_found"


class NoPreview(NotFound):
    """Nothing of the picture can be seen now."""

    code = "no_preview"


class WorkNotFound(NotFound):
    """No such work, or not visible to the caller."""

    code = "work_not_found"


class JobNotCancelable(Conflict):
    """The job has already ended."""

    code = "job_already_ended"


class JobNotRetryable(Conflict):
    """Only a failed or canceled job can be tried again."""

    code = "job_not_retryable"


class TooManyJobs(Problem):
    """The person has as many unfinished jobs as one person may."""

    code = "too_many_jobs"
    status = 429
    title = "Too many jobs at once"


class FileUnavailable(Unavailable):
    """A stored file is missing, or its bytes no longer have its hash."""

    code = "file_unavailable"


class StorageFull(Problem):
    """The disk or bucket takes no more bytes."""

    code = "storage_full"
    status = 507
    title = "No room to store the file"
