"""The flags, the same for every role."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

from roles.boot.exits import ExitCode


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for.

    Attributes:
        root: the site; root_given: whether `--root` named it (then a missing one is an error).
        code: statements to run, then stop; script: a file likewise.
        log: None: console on a terminal, JSON elsewhere.
        settings: `--set`, dotted key -> text as written.
        parent_pipe: descriptor of a pipe whose end means that the parent has gone.
        parent_folder: the parent's temporary folder, to be removed if the parent could not.
    """

    role: str
    root: Path
    root_given: bool = False
    init: bool = False
    check: bool = False
    simulate: bool = False
    headless: bool = False
    commands: bool = False
    code: str | None = None
    script: Path | None = None
    log: Literal["console", "json"] | None = None
    log_file: Path | None = None
    verbose: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    parent_pipe: int | None = None
    parent_folder: Path | None = None


class _Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.WRONG_SITE, f"{self.prog}: {message} (--help lists the flags)\n")


def parse(argv: Sequence[str], role: str, default_root: Path) -> Arguments:
    """Return the arguments of `python -m roles.<role>`; `argv` is without the program's name.

    Raises:
        SystemExit: 2 with one line on stderr for wrong arguments; 0 after `--help`.
    """
    parser = _parser(role, default_root)
    found = parser.parse_args(argv)
    if found.headless and (found.code is not None or found.script is not None):
        parser.error("--headless runs until it is stopped: it takes neither -c nor --script")
    given: Path | None = found.root
    return Arguments(
        role=role,
        root=(given or default_root).expanduser(),
        root_given=given is not None,
        init=found.init,
        check=found.check,
        simulate=found.simulate,
        headless=found.headless,
        commands=found.commands,
        code=found.code,
        script=found.script,
        log=found.log,
        log_file=found.log_file,
        verbose=found.verbose,
        settings=dict(found.settings),
        parent_pipe=found.parent_pipe,
        parent_folder=found.parent_folder,
    )


def _parser(role: str, default_root: Path) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"python -m roles.{role}", allow_abbrev=False)
    add = parser.add_argument
    add("--root", type=_path, metavar="DIR", help=f"the site (default {default_root})")
    add("--simulate", action="store_true", help="replace every device and node by its simulator")
    add("--headless", action="store_true", help="no console; for systemd")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--init", action="store_true", help="write a starter site; overwrites nothing")
    instead.add_argument("--check", action="store_true", help="say what would start and what is wrong")
    instead.add_argument("--commands", action="store_true", help="print the command table")
    instead.add_argument("-c", dest="code", action=_Once, metavar="CODE", help="run console statements, then stop")
    instead.add_argument("--script", type=_path, metavar="FILE", help="run an extraction script, then stop")
    add("--log", choices=("console", "json"), help="style of the log on stderr")
    add("--log-file", type=_path, metavar="FILE", help="where the log is kept (default <root>/logs)")
    add("-v", "--verbose", action="store_true", help="log every byte too")
    what = "override one setting, such as notifier.port=0; may be repeated"
    add("--set", dest="settings", action="append", default=[], type=_setting, metavar="KEY=VALUE", help=what)
    add("--parent-pipe", type=int, metavar="FD", help=argparse.SUPPRESS)
    add("--parent-folder", type=_path, metavar="DIR", help=argparse.SUPPRESS)
    return parser


class _Once(argparse.Action):
    """A flag that may be given once: a second one would silently take the first one's place."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # as argparse has it
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given twice: put the statements into one, separated by newlines or `;`")
        setattr(namespace, self.dest, values)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("expected a path, got nothing")
    return Path(text).expanduser()


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"expected key=value, got {text!r}")
    return key.strip(), value.strip()
