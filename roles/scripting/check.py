"""A look at a script before its first command: syntax, names, the valves it names, the scripts it calls."""

import ast
import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from actors.rules import nearest
from roles.console.sequences import Sequences, problem_with
from roles.scripting.names import mistyped

SEQUENCES = {"cycle": inspect.signature(Sequences.cycle), "sample": inspect.signature(Sequences.sample)}
VALVE_WORDS = frozenset({"open", "close", "is_open", "is_closed", "lock", "unlock", "claim", "release", *SEQUENCES})
MOVING_WORDS = frozenset({"open", "close", *SEQUENCES})
GOSUB = "gosub"


@dataclass(frozen=True, slots=True)
class Source:
    """One script's text. `file` is how findings name it; `folder`: where it lies, None: nowhere."""

    file: str
    text: str
    folder: Path | None = None


Finder = Callable[[str, Path | None], Source | None]  # what gosub names, in which script's folder

Found = tuple[int, str, Source | None]  # line, what is wrong or "", the script that is called there


def check_script(
    script: Source,
    valves: Collection[str],
    *,
    descriptions: Collection[str] = (),
    find: Finder = lambda _name, _folder: None,
) -> list[str]:
    """Return every mistake that can be seen without running, as `file:line: what is wrong`.

    Args:
        script: the one to begin with.
        valves: the names in the line's table.
        descriptions: what else a valve may be called by, in any case.
        find: returns the script that `gosub` names in a script of that folder, or None. Scripts called in turn are
            checked too, once.
    """
    known = frozenset(valves), frozenset(text.casefold() for text in descriptions if text)
    waiting, seen, findings = [script], {script.file}, list[str]()
    while waiting:
        script = waiting.pop(0)
        try:
            tree = ast.parse(script.text, script.file)
            compile(script.text, script.file, "exec", dont_inherit=True)  # it refuses more than the parser does
        except SyntaxError as error:
            findings.append(f"{script.file}:{error.lineno or 1}: syntax: {error.msg}")
            continue
        except ValueError as error:  # a null byte
            findings.append(f"{script.file}:1: syntax: {error}")
            continue
        names = [(line, problem, None) for line, problem in mistyped(tree)]
        found = [*names, *_calls(tree, known, partial(_beside, find, script.folder))]
        for line, problem, called in sorted(found, key=lambda one: one[0]):
            if problem:
                findings.append(f"{script.file}:{line}: {problem}")
            if called is not None and called.file not in seen:
                seen.add(called.file)
                waiting.append(called)
    return findings


def valves_named(script: Source, find: Finder) -> list[str]:
    """Return every valve that a script, or one that it calls, names in quotes, in the order of the text."""
    waiting, seen, named = [script], {script.file}, dict[str, None]()
    while waiting:
        script = waiting.pop(0)
        for node in ast.walk(ast.parse(script.text, script.file)):
            argument = _argument(node) if isinstance(node, ast.Call) else None
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                continue
            word = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if word in MOVING_WORDS:
                named[argument.value] = None
            elif word == GOSUB and (called := find(argument.value, script.folder)) and called.file not in seen:
                seen.add(called.file)
                waiting.append(called)
    return list(named)


def _beside(find: Finder, folder: Path | None, name: str) -> Source | None:
    return find(name, folder)


def _calls(
    tree: ast.AST, known: tuple[frozenset[str], frozenset[str]], find: Callable[[str], Source | None]
) -> Iterator[Found]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        word = call.func.id if isinstance(call.func, ast.Name) else ""
        if word in VALVE_WORDS:
            yield call.lineno, _valve_problem(word, call, known), None
            yield call.lineno, _sequence_problem(word, call), None
        elif word == GOSUB:
            yield call.lineno, *_gosub(call, find)


def _valve_problem(word: str, call: ast.Call, known: tuple[frozenset[str], frozenset[str]]) -> str:
    names, descriptions = known
    argument = _argument(call)
    if argument is None:
        return f"{word}() needs a valve"
    if not isinstance(argument, ast.Constant):
        return ""  # known only when it runs; it is checked then
    if not isinstance(argument.value, str):
        return f"{word}({argument.value!r}): a valve is named in quotes"
    if argument.value in names or argument.value.casefold() in descriptions:
        return ""
    hint = nearest(argument.value, names)
    return f"{word}({argument.value!r}): {argument.value} is not a registered valve name{hint}"


def _sequence_problem(word: str, call: ast.Call) -> str:
    """Return what is wrong with the other arguments of `cycle` and `sample`, as far as it can be seen."""
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    hidden = len(named) < len(call.keywords) or any(isinstance(argument, ast.Starred) for argument in call.args)
    if word not in SEQUENCES or hidden or not (call.args or named):
        return ""
    try:
        given = SEQUENCES[word].bind(None, *call.args, **named).arguments
    except TypeError as error:
        return f"{word}(): {error}"
    for name, argument in list(given.items())[2:]:  # after `self` and the valve
        try:
            value = ast.literal_eval(argument)
        except (ValueError, TypeError):
            continue  # known only when it runs; it is checked then
        if problem := problem_with(name, value):
            return f"{word}(): {problem}"
    return ""


def _gosub(call: ast.Call, find: Callable[[str], Source | None]) -> tuple[str, Source | None]:
    argument = _argument(call)
    if argument is None:
        return "gosub() needs a script", None
    if not isinstance(argument, ast.Constant):
        return "", None
    called = find(str(argument.value))
    return ("", called) if called is not None else (f"gosub({argument.value!r}): there is no such script", None)


def _argument(call: ast.Call) -> ast.expr | None:
    if call.args:
        return call.args[0]
    for keyword in call.keywords:
        if keyword.arg in ("valve", "script"):
            return keyword.value
    return call.keywords[0].value if call.keywords else None
