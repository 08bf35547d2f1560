"""The console's things: `valves` and `nodes` show themselves when named, and act when called."""

from collections.abc import Iterator

from actors.errors import CommandError, UnknownValve
from actors.views import NodeView
from roles.console import rendering
from roles.console.operator import Operator
from roles.console.results import Misused, Result, Text, ValveState


class NoSuchValve(UnknownValve, AttributeError):
    """`valves.Q` where there is no Q: one line at the console, and False for `hasattr`."""


class Valve:
    """One valve to act on: `valves.A.open()`."""

    def __init__(self, operator: Operator, name: str) -> None:
        self._operator = operator
        self._name = name

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise Misused(f"a valve is not assigned to: valves.{self._name}.open() opens it, .close() closes it")
        super().__setattr__(name, value)

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    def open(self) -> Result:
        """Open it."""
        return self._operator.open(self._name)

    def close(self) -> Result:
        """Close it."""
        return self._operator.close(self._name)

    def state(self) -> ValveState:
        """Say what is known of it."""
        return self._operator.state(self._name)

    def lock(self) -> Result:
        """Software-lock it."""
        return self._operator.lock(self._name)

    def unlock(self) -> Result:
        """Free it."""
        return self._operator.unlock(self._name)

    def __repr__(self) -> str:
        try:
            return str(self.state())
        except CommandError as error:
            return rendering.command_error(error)


class Valves:
    """All valves: a table when shown; `valves.A`, `valves['Bone to Turbo']` one of them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def __getattr__(self, name: str) -> Valve:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownValve as error:
            raise NoSuchValve(error.outcome) from None

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise Misused(f"a valve is not assigned to: valves.{name}.open() opens it, valves.{name}.close() closes it")
        super().__setattr__(name, value)

    def __getitem__(self, name: str) -> Valve:
        return Valve(self._operator, self._operator.state(name).view.name)

    def __iter__(self) -> Iterator[Valve]:
        return iter([Valve(self._operator, view.name) for view in self._operator.views()])

    def __len__(self) -> int:
        return len(self._operator.views())

    def __dir__(self) -> list[str]:
        return valve_names(self._operator)

    def __repr__(self) -> str:
        try:
            return rendering.states(self._operator.views(), self._operator.label, self._operator.warnings)
        except CommandError as error:
            return rendering.command_error(error)


class Nodes:
    """The remote nodes: a table when shown or called."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def __call__(self) -> Text:
        """Return the table."""
        return Text(repr(self))

    def __iter__(self) -> Iterator[NodeView]:
        return iter(self._operator.nodes())

    def __repr__(self) -> str:
        try:
            return rendering.nodes(self._operator.nodes(), self._operator.label)
        except CommandError as error:
            return rendering.command_error(error)


def valve_names(operator: Operator) -> list[str]:
    """Return the valves' names for completion: none while the line cannot be asked."""
    try:
        return [view.name for view in operator.views()]
    except CommandError:
        return []


def actor_paths(operator: Operator) -> list[str]:
    """Return the paths of the tree's actors for completion: none while it cannot be asked."""
    try:
        return [row.path for row in operator.tree()][1:]
    except CommandError:
        return []
