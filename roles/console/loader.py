"""The console's `loader`: how far it is when shown; its methods command the funnel, the magnets and the dump."""

from actors.errors import CommandError
from actors.messages import Reason
from roles.console import rendering
from roles.console.commanded import commanded
from roles.console.operator import Operator
from roles.console.results import Misused, Result, Text


@commanded("loader")
class Loader:
    """The sample loader of the furnace, wherever it is: `loader.dump()`, `loader.stop()`; how it is when shown."""

    def __init__(self, operator: Operator, path: str) -> None:
        self._operator = operator
        self._path = path

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise Misused(f"the loader is not assigned to: loader.{name}() is how it is told")
        super().__setattr__(name, value)

    def dump(self) -> Result:
        """Dump a sample: it returns when the funnel has begun to go down, and `loader` shows how far it is.

        Raises:
            CommandError: something forbids it, or it could not be begun; the text says what.
        """
        return self._tell("DumpSample", shown="dump begun")

    def stop(self) -> Result:
        """End whatever is under way, safely: the magnets off, the funnel up."""
        return self._tell("StopDump", shown="it ends")

    def complete(self) -> Text:
        """Return OK where the last dump has ended, False where it has not. Raises `CommandError` where it failed."""
        return self._ask("DumpComplete")

    def funnel_down(self) -> Result:
        """Lower the funnel, if nothing forbids it."""
        return self._tell("LowerFunnel", shown="the funnel goes down")

    def funnel_up(self) -> Result:
        """Raise the funnel, if no magnet is energised."""
        return self._tell("RaiseFunnel", shown="the funnel goes up")

    def energise(self, period_s: float | None = None) -> Result:
        """Energise the magnets, each for seconds (over 0, at most 60), where the funnel is down."""
        if period_s is not None and (isinstance(period_s, bool) or not isinstance(period_s, (int, float))):
            text = f"a time is a number of seconds, not {period_s!r}"
            self._operator.refuse("energise", self._path, Reason.BAD_ARGUMENTS, text)
        args = () if period_s is None else (f"{float(period_s):.10g}",)
        return self._tell("EnergizeMagnets", *args, shown="the magnets are energised")

    def de_energise(self) -> Result:
        """Switch every magnet off."""
        return self._tell("DenergizeMagnets", shown="the magnets are off")

    def feed(self, place: str) -> Result:
        """Bring the feeder to one of its places, by name."""
        return self._tell("Feed", str(place), shown=f"the feeder goes to {place}")

    def __repr__(self) -> str:
        try:
            said = str(self._ask("GetDump"))
            up, down, energised = (self._flag(word) for word in ("InUpPosition", "InDownPosition", "IsEnergized"))
        except CommandError as error:
            return rendering.command_error(error)
        funnel = "up" if up == "OK" else "down" if down == "OK" else "between" if up == down == "False" else "unknown"
        magnets = {"OK": "energised", "False": "off"}.get(energised, "unknown")
        name = self._path.removeprefix("node.")
        return f"{name}  {said}  (funnel {funnel}, magnets {magnets})  {self._operator.label}".rstrip()

    def _flag(self, word: str) -> str:
        """Return the answer to a question that may have none."""
        try:
            return str(self._ask(word))
        except CommandError:
            return ""

    def _ask(self, word: str) -> Text:
        return Text(self._operator.query(word, self._path).outcome.text)

    def _tell(self, word: str, *args: str, shown: str) -> Result:
        return self._operator.query(word, self._path, args, shown=shown)
