"""From text as written to the types that a model's fields ask for: no field, no guess."""

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from roles.boot.document import Quoted

WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")


def key_of(name: str, info: FieldInfo) -> str:
    """Return the key that a field has in a file."""
    return info.alias or name


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the key that they have in a file."""
    return {key_of(name, info): info for name, info in model.model_fields.items()}


def alternatives(annotation: Any) -> Iterator[Any]:
    """Yield the plain types that an annotation allows. `Any`: typing's forms share no type."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from alternatives(member)
    else:
        yield annotation


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the settings model that an annotation allows, if it does."""
    found = (kind for kind in alternatives(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(found, None)


def item_of(annotation: Any, container: type) -> Any:
    """Return the annotation of what stands in the list or mapping that an annotation allows, or None."""
    for kind in alternatives(annotation):
        origin, arguments = get_origin(kind) or kind, get_args(kind)
        if container is dict and origin in (dict, Mapping):
            return arguments[-1] if arguments else Any
        if container is list and origin in (list, tuple, set, frozenset):
            return arguments[0] if arguments else Any
    return None


def shape_model(value: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return a mapping with its values shaped for the fields; an empty section counts as left out."""
    fields = fields_of(model)
    shaped: dict[str, Any] = {}
    for key, inner in value.items():
        annotation = fields[key].annotation if key in fields else Any
        if inner is None and _is_section(annotation):
            continue
        shaped[key] = shape(inner, annotation)
    return shaped


def shape(value: Any, annotation: Any) -> Any:
    """Return a value shaped for an annotation; what does not fit stays as it was, for the model to refuse."""
    if isinstance(value, Mapping):
        if (model := model_in(annotation)) is not None:
            return shape_model(value, model)
        inner = item_of(annotation, dict)
        return {key: shape(item, inner) for key, item in value.items()}
    if isinstance(value, list):
        inner = item_of(annotation, list)
        return [shape(item, inner) for item in value]
    if not isinstance(value, str) or isinstance(value, Quoted):
        return value
    for kind in alternatives(annotation):
        typed = _scalar(value, kind)
        if typed is not None:
            return typed
    return value


def _scalar(text: str, kind: Any) -> bool | int | float | None:
    if kind is bool:
        return WORDS.get(text.casefold())
    if kind is int:
        return int(text) if INTEGER.fullmatch(text) else None
    if kind is float and any(letter.isdigit() for letter in text):
        return float(text) if NUMBER.fullmatch(text) else None
    if get_origin(kind) is Literal:
        same = (choice for choice in get_args(kind) if not isinstance(choice, str))
        return next((choice for choice in same if choice == _scalar(text, type(choice))), None)
    return None


def _is_section(annotation: Any) -> bool:
    """Whether a field holds a mapping or a list and cannot be null."""
    if type(None) in alternatives(annotation):
        return False
    inner = (model_in(annotation), item_of(annotation, dict), item_of(annotation, list))
    return any(kind is not None for kind in inner)
