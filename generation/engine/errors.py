"""Why no picture came out. No torch in here: the worker's outer layer catches these."""


class EngineError(Exception):
    """A picture could not be made; `code` is stable, `detail` a sentence for whoever asked for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
