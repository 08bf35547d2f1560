"""A look at a script before its first command: syntax, the valves it names, the scripts it calls."""

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from actors.rules import nearest

VALVE_WORDS = frozenset({"open", "close", "is_open", "is_closed", "lock", "unlock"})
GOSUB = "gosub"


@dataclass(frozen=True, slots=True)
class Source:
    """One script's text. `file` is how findings name it."""

    file: str
    text: str


Finder = Callable[[str], Source | None]


def check_script(
    source: str,
    filename: str,
    valves: Collection[str],
    *,
    descriptions: Collection[str] = (),
    find: Finder = lambda _name: None,
) -> list[str]:
    """Return every mistake that can be seen without running, as `file:line: what is wrong`.

    Args:
        source: the script's text.
        filename: how findings name it.
        valves: the names in the line's table.
        descriptions: what else a valve may be called by, in any case.
        find: returns the script that `gosub` names, or None. Scripts called in turn are checked too, once.
    """
    known = frozenset(valves), frozenset(text.casefold() for text in descriptions if text)
    waiting, seen, findings = [Source(filename, source)], {filename}, list[str]()
    while waiting:
        script = waiting.pop(0)
        try:
            tree = ast.parse(script.text, script.file)
        except SyntaxError as error:
            findings.append(f"{script.file}:{error.lineno or 1}: syntax: {error.msg}")
            continue
        except ValueError as error:  # a null byte
            findings.append(f"{script.file}:1: syntax: {error}")
            continue
        for line, problem, called in _calls(tree, known, find):
            if problem:
                findings.append(f"{script.file}:{line}: {problem}")
            if called is not None and called.file not in seen:
                seen.add(called.file)
                waiting.append(called)
    return findings


def _calls(
    tree: ast.AST, known: tuple[frozenset[str], frozenset[str]], find: Finder
) -> Iterator[tuple[int, str, Source | None]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        word = call.func.id if isinstance(call.func, ast.Name) else ""
        if word in VALVE_WORDS:
            yield call.lineno, _valve_problem(word, call, known), None
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


def _gosub(call: ast.Call, find: Finder) -> tuple[str, Source | None]:
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
    return call.keywords[0].value if call.keywords else None
