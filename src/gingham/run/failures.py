"""Why a command cannot be run."""


class CannotRun(Exception):  # noqa: N818  what the user reads, not a fault in here
    """The command cannot be run. The message says why; `code` is the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
