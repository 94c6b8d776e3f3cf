"""What rooms that `--once` loads take of `typing`, which costs a start 3 ms.

Only mypy asks what these names mean, and for mypy they are those of `typing`. As the program runs
they stand in annotations, which nobody evaluates, and below classes that inherit nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Any
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import TextIO as TextIO
    from typing import TypeAlias as TypeAlias
    from typing import overload as overload
else:
    Any = NoReturn = Protocol = TextIO = TypeAlias = object

    def overload(signature: object) -> object:
        """Return a signature that only mypy reads."""
        return signature
