"""Messages that are frozen to whoever checks the code, and made as fast as an ordinary object when it runs. Pure."""

import dataclasses
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def message(kind: type[T]) -> type[T]:
    """Make a dataclass with slots, of which mypy lets nobody change a field.

    A dataclass that is frozen at run time sets each field by a call of its own, which takes three times as long to
    make; a command is a dozen of them.
    """
    made: Any = dataclasses.dataclass(slots=True, unsafe_hash=True)(kind)
    return made  # type: ignore[no-any-return]
