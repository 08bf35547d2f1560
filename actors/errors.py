"""Failures by name, for the console and for scripts: what a refused or unknown command raises."""

from actors.messages import Kind, Outcome, Reason


class CommandError(Exception):
    """A command did not do what was asked. `outcome` says why; nothing else is hidden in it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class Refused(CommandError):
    """Nothing moved: a rule, a lock, a deadline or an absent device said no."""


class OutcomeUnknown(CommandError):
    """Nobody can say where the valve stands: the device bytes may have been written."""


class UnknownValve(Refused):
    """No such name in the table."""


class Locked(Refused):
    """Software-locked: nothing moves."""


class Owned(Refused):
    """Another requester holds a live lease."""


class Interlocked(Refused):
    """Another valve's state forbids the move."""


class Latched(Refused):
    """The safe state is latched: nothing opens until it has been cleared."""


class OutOfService(Refused):
    """The valve is disabled or was taken out of service."""


class NotConnected(Refused):
    """The node or device that has the valve is down."""


class Expired(Refused):
    """The command's deadline passed before the device was written."""


class Busy(Refused):
    """The valve is moving the other way."""


class FailedToActuate(CommandError):
    """Two looks agree that the valve is not where it was sent."""


_BY_REASON: dict[Reason, type[CommandError]] = {
    Reason.UNKNOWN_VALVE: UnknownValve,
    Reason.LOCKED: Locked,
    Reason.OWNED: Owned,
    Reason.INTERLOCKED: Interlocked,
    Reason.LATCHED: Latched,
    Reason.DISABLED: OutOfService,
    Reason.NOT_CONNECTED: NotConnected,
    Reason.EXPIRED: Expired,
    Reason.BUSY: Busy,
    Reason.FAILED: FailedToActuate,
}


def raise_for(outcome: Outcome) -> Outcome:
    """Return an outcome that did what was asked; raise the named error for any other.

    Raises:
        CommandError: one of the classes of this module, by the outcome's reason.
    """
    if outcome.ok:
        return outcome
    fallback = OutcomeUnknown if outcome.kind is Kind.UNKNOWN else Refused
    raise (_BY_REASON.get(outcome.reason, fallback) if outcome.reason else fallback)(outcome)
