"""What the klasses of this package have in common: taking over a line just opened, and the error queue."""

from collections.abc import Callable, Collection

import structlog

from hardware.agilent_34970a import codec, scan_codec
from hardware.errors import BadReply, DeviceRefused, NoAnswer
from hardware.exchange import Exchange
from hardware.links.address import is_serial

LONGEST_QUEUE = 20  # entries (34972A; the 34970A has 10)
LOCAL = 550  # the error of a command over RS-232 in local mode


class Mainframe:
    """One conversation with a 34970A or 34972A. It never sends *RST, which opens all relays.

    What it finds in the error queue after opening the link was left there by somebody else: it is logged, and not held
    against the next command.

    Args:
        name: the device's, in the log.
        exchange: the wire.
        slot: of a card whose relays can be asked for; "": there is none, so late replies cannot be told.
        counts: how many states the usual questions have: the synchronising one never has as many.
        behind_server: its port is a terminal server, and it is at that one's serial line.
    """

    def __init__(
        self, name: str, exchange: Exchange, slot: str, counts: Collection[int], *, behind_server: bool
    ) -> None:
        self._log = structlog.get_logger(device=name)
        self._exchange = exchange
        self._slot = slot
        self._counts = [count for count in range(2, codec.RELAYS + 1) if count not in counts]
        self._is_serial = behind_server or is_serial(exchange.handle.address)
        exchange.on_open = self.greet

    def errors(self, accept: Callable[[bytes], bool] | None = None) -> list[str]:
        """Empty the error queue, and return what was in it. Raises as `Exchange.ask` does."""
        return [f"{number:+d} {text}" for number, text in self._queue(accept)]

    def refuse_errors(self) -> None:
        """Raise `DeviceRefused` with the device's own words, if it has any.

        One that is in local mode, as somebody pressed a key or its power was off, hears no command until it is told
        to be remote again: its link is dropped, and greeted when it is opened the next time.
        """
        errors = self._queue()
        if LOCAL in dict(errors):
            self._exchange.handle.drop()
        if errors:
            raise DeviceRefused("; ".join(f"{number:+d} {text}" for number, text in errors))

    def require_card(self, slot: str, wanted: str, consequence: str) -> None:
        """Raise `DeviceRefused` unless the card in a slot is of the model that is `wanted`."""
        card = scan_codec.decode_card(self._exchange.ask(scan_codec.encode_ask_card(slot)))
        if card != wanted:
            found = "no card" if card == "0" else f"a {card}"
            raise DeviceRefused(f"slot {slot} has {found}, not a {wanted}: {consequence}")

    def _queue(self, accept: Callable[[bytes], bool] | None = None) -> list[tuple[int, str]]:
        errors: list[tuple[int, str]] = []
        for _ in range(LONGEST_QUEUE + 1):
            number, text = codec.decode_error(self._exchange.ask(codec.ASK_ERROR, accept=accept))
            if number == 0:
                return errors
            errors.append((number, text))
        raise BadReply(f"its error queue does not end: {errors[0][0]:+d} {errors[0][1]}")

    def greet(self) -> None:
        """Take over a line just opened: remote mode, no late replies under way, an empty error queue."""
        if self._is_serial:
            self._exchange.send(codec.REMOTE, acts=False)
        found = self.errors(accept=codec.is_error)
        if found:
            self._log.warning("device.errors_found", errors=found, why="left behind before the link was opened")
        try:
            self._synchronise()
        except NoAnswer as silence:  # most likely there is no card in this slot: its own words say so
            raise NoAnswer("; ".join([silence.what, *found])) from silence
        more = self.errors()  # only now is it certain that this is the answer to this question
        if more:
            self._log.warning("device.errors_found", errors=more, why="left behind before the link was opened")

    def _synchronise(self) -> None:
        """Pass over late replies to what was asked before the line was opened.

        Closing a serial port does not stop a slow device from answering, and `1` is like any other `1`; but the
        number of states in a reply says which question it belongs to. It is another one in each era
        of the line.
        """
        if not self._slot:
            return
        count = self._counts[self._exchange.handle.line.era % len(self._counts)]
        question = codec.encode_sync(self._slot, count)
        self._exchange.ask(question, accept=lambda reply: codec.is_sync(reply, count))
