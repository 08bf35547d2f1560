"""`read('IG')`: what a gauge or another device reads, here or on the node that has it."""

from actors.errors import CommandError
from actors.messages import Reason
from actors.rules import nearest
from roles.console.operator import Operator
from roles.console.results import Measured, Result, Text

_NOT_THERE = (Reason.NOT_CONNECTED, Reason.UNKNOWN_VERB)


def read(operator: Operator, name: str) -> Measured | Text:
    """Return what a gauge reads, as a number; of a device with several what all of them read.

    Looked for on this node first, then on each remote one.

    Raises:
        CommandError: there is no such gauge, it has no reading now (the text says its state), or nobody answers.
    """
    gauge, here = str(name), operator.readers()
    if gauge in here:
        path, args = here[gauge]
        return _shown(operator, operator.query("read", path, args))
    missed: CommandError | None = None
    for node in operator.nodes():
        try:
            return _shown(operator, operator.query("Read", f"node.{node.name}", (gauge,)))
        except CommandError as error:
            if error.outcome.reason not in _NOT_THERE:
                raise
            missed = missed or error
    listed = f"; this node has {', '.join(sorted(here))}" if here else ""
    if missed is None:
        text = f"no gauge or device {gauge} on this node{nearest(gauge, here)}{listed}"
        operator.refuse("read", gauge, Reason.NOT_CONNECTED, text)
    outcome = missed.outcome
    return operator.refuse("read", gauge, outcome.reason or Reason.NOT_CONNECTED, f"{outcome.text}{listed}")


def _shown(operator: Operator, result: Result) -> Measured | Text:
    outcome = result.outcome
    try:
        value = float(outcome.text)
    except ValueError:
        return Text(outcome.text)
    units = outcome.value.get("units", "") if isinstance(outcome.value, dict) else ""
    return Measured(value, units, operator.label)
