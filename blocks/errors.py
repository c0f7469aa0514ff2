"""How a block says that it failed."""


class BlockError(Exception):
    """A failure of one node execution; its text goes to the `error` pin.

    `code` is stable and machine-readable; retry policies name it.
    """

    code = "failed"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code


class BlockInputError(BlockError):
    """The inputs cannot be what the pins ask for."""

    code = "bad_input"


class BlockOutputError(BlockError):
    """The block emitted something its contract does not allow."""

    code = "bad_output"


class BlockTimeoutError(BlockError):
    """The block, or what it asked of the world, took longer than allowed."""

    code = "timeout"
