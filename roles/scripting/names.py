"""What a script's names tell before it runs: words that are mistyped, and a `main()` that nobody calls."""

import ast
import builtins
from collections.abc import Iterator

from actors.rules import nearest

WORDS = frozenset(
    {
        "open", "close", "is_open", "is_closed", "lock", "unlock", "claim", "release", "history", "sleep", "info",
        "gosub", "abort", "cycle", "sample",
    }
)  # fmt: skip
# A script that uses one of these may bind names that nobody can see in its text.
_BINDING = frozenset({"exec", "eval", "globals", "locals", "vars", "setattr", "__builtins__", "NameError"})


def mistyped(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each name that is called and that nothing binds, in whichever scope."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree))
    if star or names & _BINDING:
        return
    known = WORDS | frozenset(dir(builtins)) | {"__file__", "__class__"} | set(_bound(tree))
    tried = {id(node) for attempt in ast.walk(tree) if isinstance(attempt, ast.Try) for node in _in(attempt.body)}
    said: set[str] = set()
    for called in [node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in tried]:
        if isinstance(called, ast.Name) and called.id not in known | said:
            said.add(called.id)
            yield called.lineno, f"{called.id} is not known here{nearest(called.id, sorted(WORDS))}"


def _in(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def _bound(tree: ast.AST) -> Iterator[str]:
    """Yield every name that something in here binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


def defines_main(tree: ast.Module) -> bool:
    """Return whether a script says all in a function `main()` that it does not use itself, as Pychron's do.

    What it does only `if __name__ == "__main__"` does not count: here it is no program of its own.
    """
    defined = any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)
    return defined and not any(_uses_main(node) for node in tree.body if not _asks_for_its_name(node))


def _uses_main(node: ast.AST) -> bool:
    """Whether something in here looks the module's `main` up; a function may have a `main` of its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and "main" in set(_bound_in(node)):
        return False
    if isinstance(node, ast.Name) and node.id == "main" and isinstance(node.ctx, ast.Load):
        return True
    return any(_uses_main(child) for child in ast.iter_child_nodes(node))


def _bound_in(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    body = function.body if isinstance(function.body, list) else [function.body]
    for node in (function.args, *body):
        yield from _bound(node)


def _asks_for_its_name(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )
