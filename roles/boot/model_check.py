"""Checks a document against a settings model: every error becomes a finding with its place, all at once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from roles.boot import wording
from roles.boot.document import Document, Path
from roles.boot.findings import Finding
from roles.boot.shaping import fields_of, item_of, model_in, shape_model

Model = TypeVar("Model", bound=BaseModel)


def check_model(
    document: Document, model: type[Model], findings: list[Finding], at: Path = (), also: Iterable[str] = ()
) -> Model | None:
    """Return the model's value of the mapping at a path; None where something was found wrong.

    A model may name keys that are planned in a class variable `NOT_YET`. `also`: keys that others read at the
    same place, for suggestions.
    """
    value = document.at(at)
    if value is not None and not isinstance(value, Mapping):
        text = f"expected a mapping of keys to values, got {wording.said(value)}"
        findings.append(document.finding(at, text))
        return None
    try:
        # strict JSON: lists may become tuples and text enums, but no text becomes a number behind our back
        return model.model_validate_json(json.dumps(shape_model(value or {}, model)), strict=True)
    except ValidationError as exc:
        findings.extend(_findings(document, model, exc.errors(include_url=False), at, tuple(also)))
        return None


def salvage(document: Document, model: type[Model], at: Path, needed: Iterable[str]) -> Model | None:
    """Return the value of a mapping without the keys that are wrong in it, so that the rest is checked all the same.

    None where one of the `needed` keys is among them.
    """
    value = document.at(at)
    if not isinstance(value, Mapping):
        return None
    shaped = shape_model(value, model)
    try:
        return model.model_validate_json(json.dumps(shaped), strict=True)
    except ValidationError as exc:
        wrong = {error["loc"][0] for error in exc.errors(include_url=False) if error["loc"]}
    if wrong.intersection(needed) or not wrong:
        return None
    kept = {key: inner for key, inner in shaped.items() if key not in wrong}
    try:
        return model.model_validate_json(json.dumps(kept), strict=True)
    except ValidationError:
        return None


def _findings(
    document: Document, model: type[BaseModel], errors: list[ErrorDetails], at: Path, also: tuple[str, ...]
) -> Iterable[Finding]:
    grouped: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        grouped.setdefault(_written(document, at, error), []).append(error)
    for path, group in grouped.items():
        inside = path[len(at) :]
        kind = group[0]["type"]
        if kind == "extra_forbidden":
            holder = _model_at(model, inside[:-1]) or model
            known = (*fields_of(holder), *(also if len(inside) == 1 else ()))
            text = wording.unknown(str(path[-1]), known, getattr(holder, "NOT_YET", ()))
        elif kind == "missing":
            text = wording.missing(_field_at(model, inside))
        else:
            text = wording.sentence(group, _field_at(model, inside), document.at(path))
        yield document.finding(path, text)


def _written(document: Document, at: Path, error: ErrorDetails) -> Path:
    """Return the error's path without the names of union members, which nobody wrote."""
    path = at
    for step in error["loc"]:
        holder = document.at(path)
        keys: Any = range(len(holder)) if isinstance(holder, list) else holder
        if isinstance(holder, list | Mapping) and step in keys:
            path = (*path, step)
        elif error["type"] == "missing" and step == error["loc"][-1]:
            return (*path, step)
    return path


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    annotation = _annotation_at(model, path)
    return model_in(annotation)


def _field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """Return the field that a path ends in, or the one whose list or mapping it ends in."""
    while path:
        holder = _model_at(model, path[:-1])
        if holder is not None and path[-1] in fields_of(holder):
            return fields_of(holder)[str(path[-1])]
        path = path[:-1]
    return None


def _annotation_at(model: type[BaseModel], path: Path) -> Any:
    annotation: Any = model  # `Any`: typing's forms share no type
    for step in path:
        holder = model_in(annotation)
        if isinstance(step, int):
            annotation = item_of(annotation, list)
        elif holder is not None and step in fields_of(holder):
            annotation = fields_of(holder)[step].annotation
        else:
            annotation = item_of(annotation, dict)
    return annotation
