"""Runs extraction scripts: found, checked, started, waited for, cancelled, listed."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from actors.rules import nearest
from roles.console.operator import Operator
from roles.scripting.check import Source, check_script, valves_named
from roles.scripting.outcome import Findings, Job, ScriptFailed, ScriptResult
from roles.scripting.script import Script
from roles.scripting.shelf import Shelf

NAMED = 12  # scripts that a refusal lists
KEPT = 50  # ended scripts that `jobs()` still shows

log = structlog.get_logger()


def to_log(text: str) -> None:
    """Write to the log what a script says."""
    log.info("script.said", text=text)


class ScriptRunner:
    """The scripts of one node. Any thread but an actor's; `run` blocks its caller.

    Args:
        operator: the hands that the scripts use.
        folder: `<root>/scripts`, or None.
        say: takes what scripts say by `info`.
        claim_valves: a script claims the valves that it moves, all before its first line.
    """

    def __init__(
        self,
        operator: Operator,
        *,
        folder: Path | None = None,
        say: Callable[[str], None] = to_log,
        claim_valves: bool = False,
    ) -> None:
        self._claim_valves = claim_valves
        self._operator = operator
        self._shelf = Shelf(folder)
        self._say = say
        self._scripts: deque[Script] = deque(maxlen=KEPT)

    def run(self, name: str) -> ScriptResult:
        """Run a script to its end; Ctrl-C cancels it.

        Raises:
            ScriptFailed: it is not there; has mistakes (one per line, nothing was run); stopped: `file:line: why`.
            CommandError: the line cannot be asked for its valves.
        """
        script = self._made(name)
        try:  # from the start on: Ctrl-C must not leave a script behind that nobody waits for
            script.start()
            script.wait()
        except KeyboardInterrupt:
            script.cancel()
        return script.result()

    def start(self, name: str) -> Script:
        """Start a script and return at once. Raises as `run` does for what is wrong before it starts."""
        script = self._made(name)
        script.start()
        return script

    def check(self, name: str) -> Findings:
        """Look for mistakes in a script, and in those that it calls, without running it."""
        source = self._find(name)
        return Findings(source.file, tuple(self._mistakes(source)))

    def names(self) -> list[str]:
        """Return the scripts of the site, as they can be called."""
        return self._shelf.names()

    def jobs(self) -> list[Job]:
        """Return the scripts that run or ran, the oldest first."""
        return [script.job() for script in self._scripts]

    def cancel_all(self, within_s: float = 1.0) -> None:
        """Cancel what runs, for an orderly stop; each is waited for at most `within_s` seconds."""
        for script in list(self._scripts):
            if not script.wait(0.0):
                script.cancel(within_s)

    def _made(self, name: str) -> Script:
        source = self._load(name)
        claims = valves_named(source, self._shelf.find) if self._claim_valves else ()
        script = Script(source, self._operator, self._load, self._say, claims)
        self._scripts.append(script)
        return script

    def _load(self, name: str, beside: Path | None = None) -> Source:
        source = self._find(name, beside)
        mistakes = self._mistakes(source)
        if mistakes:
            raise ScriptFailed("\n".join(mistakes))
        return source

    def _find(self, name: str, beside: Path | None = None) -> Source:
        source = self._shelf.find(name, beside)
        if source is None:
            names = self._shelf.names()
            there = f"; there are {', '.join(names[:NAMED])}" if names else ""
            raise ScriptFailed(f"there is no script {name}{nearest(name, names) or there}")
        return source

    def _mistakes(self, source: Source) -> list[str]:
        views = self._operator.views()
        names = [view.name for view in views]
        descriptions = [view.description for view in views]
        return check_script(source, names, descriptions=descriptions, find=self._shelf.find)
