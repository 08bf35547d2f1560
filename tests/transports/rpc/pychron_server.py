"""A double of a real Pychron server, to the byte, with faults to switch on (facts: spec/PYCHRON.md 1, 2, 4, 10).

A reply goes out in one send, without a terminator, and then the connection is closed. Whatever one `recv` delivers is
one command. An unknown command, and whatever is none, is answered by the end of the connection; a handler that fails
answers nothing, and leaves the connection open. One command is carried out after the other, whoever sent it.
"""

import contextlib
import json
import re
import socket
import struct
import threading
import zlib
from collections import Counter

from tests.actors.house import PATIENCE_S

COMMAND = re.compile(r"^(?P<command>\w+) {0,1}(?P<args>.*)", re.DOTALL)
RESET = struct.pack("ii", 1, 0)


def crc(text):
    """CRC-16/MODBUS, low byte first, reckoned bit by bit."""
    register = 0xFFFF
    for byte in text.encode():
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return f"{register & 0xFF:02x}{register >> 8:02x}"


class NoReply(Exception):
    """The handler failed, as Pychron's do: nothing is answered and the connection stays open."""


class PychronValve:
    """`stuck`: its relay does not move; `indicator`: what is read instead of its state; `fails`: its check fails."""

    def __init__(self, name, interlocks=()):
        self.name = name
        self.interlocks = interlocks
        self.is_open = self.locked = self.stuck = self.fails = False
        self.owner = ""
        self.indicator = None

    def reads(self):
        return self.is_open if self.indicator is None else self.indicator


class PychronServer:
    """The server. `closes`: it closes the connection after each reply; `end`: what it adds to a reply.

    Attributes:
        received: for each connection, in order, the byte strings that it delivered.
        actuations: how often each relay was driven.
        swallow: commands that are neither carried out nor answered; deaf: carried out and not answered.
        cut: commands whose reply ends after so many bytes, and with it the connection.
        gate: while it is cleared no command is taken up.
        values: further commands and what they answer.
    """

    def __init__(self, *names, interlocks=None, closes=True, end="", port=0, mute_to_unknown=False):
        listed = interlocks or {}
        self.valves = {name: PychronValve(name, listed.get(name, ())) for name in names}
        self.closes, self.end, self._mute_to_unknown = closes, end, mute_to_unknown
        self.received, self.actuations = [], Counter()
        self.swallow, self.deaf, self.cut, self.values = set(), set(), {}, {}
        self.gate = threading.Event()
        self.gate.set()
        self.changed = threading.Condition()
        self._reactor = threading.Lock()
        self._open = set()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    # --- for the test -------------------------------------------------------------------------------------

    def sent(self):
        """Every byte string that came, of all connections, in the order of the connections."""
        with self.changed:
            return [data for connection in self.received for data in connection]

    def wait_for(self, data, times=1):
        """Return when that byte string has come so often."""
        with self.changed:
            found = self.changed.wait_for(
                lambda: [one for connection in self.received for one in connection].count(data) >= times, PATIENCE_S
            )
        assert found, f"{data} did not come {times} times: {self.sent()}"

    def forget(self):
        with self.changed:
            self.received.clear()
        self.actuations.clear()

    def close(self):
        """End as a killed process does: its connections are reset, nobody listens."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.gate.set()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)

    # --- connections --------------------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self.changed:
                self.received.append([])
                log = self.received[-1]
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection, log), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection, log):
        try:
            while data := connection.recv(65536):
                with self.changed:
                    log.append(data)
                    self.changed.notify_all()
                if not self._answer(connection, data):
                    return
        except OSError:
            return
        finally:
            self._open.discard(connection)
            connection.close()

    def _answer(self, connection, data):
        """Take one command up; return whether the connection stays open."""
        self.gate.wait()
        with self._reactor:
            try:
                command, args = read(data)
                reply = self._carry_out(command, args)
            except NoReply:
                return True
            except LookupError:  # no such command: not a byte
                return self._mute_to_unknown
        if command in self.deaf:
            return True
        out = (reply + self.end).encode()
        if command in self.cut:
            connection.sendall(out[: self.cut[command]])
            return False
        connection.sendall(out)
        return not self.closes

    # --- commands -----------------------------------------------------------------------------------------

    def _carry_out(self, command, args):
        if command in self.values:
            return self.values[command]
        handler = HANDLERS[command]
        if command in self.swallow:
            raise NoReply
        answer = handler(self, args)
        if answer is None:
            return "No Response"
        return ("OK" if answer else "False") if isinstance(answer, bool) else str(answer)

    def _open_valve(self, args):
        return self._move(args, True, "Open")

    def _close_valve(self, args):
        return self._move(args, False, "Close")

    def _move(self, name, target, command):
        if not isinstance(name, str):
            raise NoReply
        action = "open" if target else "close"
        failed = f"ERROR 015 : Valve {name} failed to actuate {action}"
        if name == "":
            return failed
        if name not in self.valves:
            return f"ERROR 004 : invalid arguments: {command} {name}"
        valve = self.valves[name]
        if any(self.valves[other].is_open for other in valve.interlocks):
            return "ok" if not target and not valve.is_open else failed
        if valve.locked:
            return "ok"
        with self.changed:
            self.actuations[name] += 1
            if not valve.stuck:
                valve.is_open = target
            self.changed.notify_all()
        return failed if valve.fails else "OK"

    def _valve_state(self, name):
        return self._of(name, lambda valve: valve.is_open)

    def _indicator(self, name):
        return self._of(name, PychronValve.reads)

    def _of(self, name, look):
        if not isinstance(name, str):
            raise NoReply
        valve = self.valves.get(name)
        return f"ERROR 005 : {name} is not a registered valve name" if valve is None else look(valve)

    def _states(self, _args):
        return sealed(",".join(f"{name}{int(valve.is_open)}" for name, valve in self.valves.items()))

    def _locks(self, _args):
        return sealed(",".join(f"{name}{int(valve.locked)}" for name, valve in self.valves.items()))

    def _lock_state(self, name):
        valve = self.valves.get(name) if isinstance(name, str) else None
        return None if valve is None else valve.locked

    def _state_word(self, _args):
        return self._bitmap(lambda valve: valve.is_open)

    def _lock_word(self, _args):
        return self._bitmap(lambda valve: valve.locked)

    def _bitmap(self, look):
        """As it is broken: without a digit in any name, only the last name is told."""
        if not any(character.isdigit() for name in self.valves for character in name):
            *_, last = self.valves
            return sealed(f"{last}:{int(look(self.valves[last])):X}")
        bits = int("".join(str(int(look(valve))) for valve in self.valves.values()), 2)
        names = ",".join(name if len(name) == 1 else f"<{name}>" for name in self.valves)
        return sealed(f"{names}:{bits:X}")

    def _owners(self, _args):
        groups = {}
        for name, valve in self.valves.items():
            groups.setdefault(valve.owner, []).append(name)
        told = (f"{who}-{','.join(names)}" if who else ",".join(names) for who, names in sorted(groups.items()))
        return sealed(":".join(told))

    def _checksum(self, args):
        """A single name is gone through letter by letter, as Pychron does."""
        valves = [self.valves[name] for name in args if name in self.valves]
        return zlib.crc32("".join(f"VALVE-{valve.name}{valve.is_open}{valve.locked}" for valve in valves).encode())


HANDLERS = {
    "Open": PychronServer._open_valve,
    "Close": PychronServer._close_valve,
    "GetValveState": PychronServer._valve_state,
    "GetIndicatorState": PychronServer._indicator,
    "GetValveStates": PychronServer._states,
    "GetStateWord": PychronServer._state_word,
    "GetValveLockStates": PychronServer._locks,
    "GetValveLockState": PychronServer._lock_state,
    "GetLockWord": PychronServer._lock_word,
    "GetValveOwners": PychronServer._owners,
    "GetStateChecksum": PychronServer._checksum,
}


def sealed(body):
    return body + crc(body)


def read(data):
    """Return a command and its arguments: a name, several of them, or "".

    Raises:
        LookupError: it is none.
    """
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise LookupError(str(error)) from error
    found = COMMAND.match(text)
    if found:
        items = tuple(found["args"].split(","))
        return found["command"], items if len(items) > 1 else items[0]
    try:
        asked = json.loads(text)
        return asked["command"], asked.get("value", "")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LookupError(text) from error
