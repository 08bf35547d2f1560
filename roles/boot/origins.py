"""Where every setting came from: the flag, a line of a file, or the default."""

from collections.abc import Iterator

from pydantic import BaseModel

from roles.boot.document import FLAG, Document, Path
from roles.boot.shaping import key_of


def origins(settings: BaseModel, document: Document, prefix: str = "", at: Path = ()) -> Iterator[tuple[str, str]]:
    """Yield (dotted key, `flag` | `file:line` | `default`) for every field of a settings value."""
    for name, info in type(settings).model_fields.items():
        path = (*at, key_of(name, info))
        dotted = f"{prefix}{path[-1]}"
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from origins(value, document, f"{dotted}.", path)
        elif path in document.places:
            place = document.places[path]
            yield dotted, "flag" if place == FLAG else str(place)
        else:
            yield dotted, "default"
