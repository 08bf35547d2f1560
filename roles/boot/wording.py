"""pydantic's errors in the words of a site file: what is wrong, what was expected, what came."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from roles.boot.document import Quoted
from roles.boot.findings import nearest

EXPECTED = {
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}
LONGEST = 60


def expected(error: ErrorDetails, info: FieldInfo | None) -> str:
    """Return what one error expected, such as `0 to 65535`; "" where its text says it all."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in EXPECTED:
        return EXPECTED[kind]
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    if kind == "string_pattern_mismatch":
        return (info.description if info and info.description else "") or f"text like {context['pattern']}"
    if kind.startswith(("greater_than", "less_than")):
        return _range(info) or _BOUNDS[kind](context)
    return ""


def sentence(errors: Iterable[ErrorDetails], info: FieldInfo | None, value: Any) -> str:
    """Return one line for all errors about one key. `value`: what was written; `Any`: of whatever shape."""
    errors = list(errors)
    wants = list(dict.fromkeys(filter(None, (expected(error, info) for error in errors))))
    if wants:
        return f"expected {' or '.join(wants)}, got {said(value)}"
    text = errors[0]["msg"]
    return text.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def missing(info: FieldInfo | None) -> str:
    """Return the line for a key that is required and not there."""
    return f"missing, expected {info.description}" if info and info.description else "missing"


def unknown(key: str, known: Iterable[str], not_yet: Iterable[str]) -> str:
    """Return the line for a key that the model does not have; `not_yet` are those that will come."""
    if key in not_yet:
        return "not supported yet"
    known = list(known)
    return f"unknown key{nearest(key, known) or ', expected one of ' + ', '.join(known)}"


def said(value: Any) -> str:
    """Return what was written, short enough for a line."""
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    shown = value if len(value) <= LONGEST else value[:LONGEST] + "..."
    return f"{str(shown)!r} in quotes" if isinstance(value, Quoted) else repr(str(shown))


def _range(info: FieldInfo | None) -> str:
    """Return both ends of a field's range, where it has both and they count."""
    bounds = {type(rule): rule for rule in (info.metadata if info else ())}
    low, high = bounds.get(Ge), bounds.get(Le)
    if not isinstance(high, Le):
        return ""
    if isinstance(low, Ge):
        return f"{low.ge} to {high.le}"
    above = bounds.get(Gt)
    return f"more than {above.gt}, at most {high.le}" if isinstance(above, Gt) else ""


_BOUNDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than": lambda context: f"more than {context['gt']}",
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "less_than": lambda context: f"less than {context['lt']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
}
