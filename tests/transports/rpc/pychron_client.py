"""A real Pychron client as it behaves on the wire: what it sends, what it takes for an answer, and its faults."""

import contextlib
import socket
import time
import zlib

TRUE = ("true", "t", "yes", "y", "1", "ok", "open")
PAUSE_S = 0.05  # between a move and the look at its indicator
DATASIZE = 4096


class EthernetCommunicator:
    """Asks, and takes the first segment that comes for the whole answer.

    `use_end`: a connection per command; else one is kept open. `timeout_s`: 1 s there; the second and third try wait
    half of it. `packets`: what each `recv` returned.
    """

    retries = 3

    def __init__(self, port, *, use_end=True, timeout_s=1.0):
        self.use_end = use_end
        self.packets = []
        self.connections = 0
        self._port = port
        self._timeout_s = timeout_s
        self._socket = None

    def ask(self, command):
        """Return the stripped reply; "" if the server closed without one; None after three tries in vain."""
        for number in range(self.retries):
            try:
                return self._once(f"{command}\r".encode(), self._timeout_s if number == 0 else self._timeout_s / 2)
            except OSError:
                self.close()
        return None

    def _once(self, data, timeout_s):
        handle = self._handle(timeout_s)
        handle.sendall(data)
        packet = handle.recv(DATASIZE)
        self.packets.append(packet)
        if self.use_end or not packet:
            self.close()
        return packet.decode("utf-8").strip()

    def _handle(self, timeout_s):
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=timeout_s)
            self.connections += 1
        self._socket.settimeout(timeout_s)
        return self._socket

    def close(self):
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None


def trim_bool(reply):
    """Return what the client takes a reply for: "" and None stay, what it does not know is false."""
    if not reply:
        return reply
    return reply.strip().lower() in TRUE


class PychronGPActuator:
    """Moves valves by name, `VALVE-A` as `A`: the move, a pause, a look at the indicator."""

    def __init__(self, communicator):
        self._communicator = communicator

    def open_channel(self, valve):
        return self._actuate("Open", valve, wanted=True)

    def close_channel(self, valve):
        return self._actuate("Close", valve, wanted=False)

    def _actuate(self, verb, valve, *, wanted):
        """Return True; False if the indicator says otherwise; None if the server did not take it."""
        if not trim_bool(self.ask(f"{verb} {_name(valve)}")):
            return None
        time.sleep(PAUSE_S)  # as the client does
        return self.get_indicator_state(valve) is wanted

    def get_channel_state(self, valve):
        return trim_bool(self.ask(f"GetValveState {_name(valve)}"))

    def get_indicator_state(self, valve):
        return trim_bool(self.ask(f"GetIndicatorState {_name(valve)}"))

    def get_lock_state(self, valve):
        return trim_bool(self.ask(f"GetValveLockState {_name(valve)}"))

    def ask(self, command):
        return self._communicator.ask(command)


def _name(valve):
    return valve.split("-")[1]


def crc16(text):
    register = 0xFFFF
    for byte in text.encode():
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return f"{register & 0xFF:02x}{register >> 8:02x}"


class ClientSwitchManager:
    """Polls the words, and keeps what it makes of them by valve."""

    def __init__(self, actuator, names):
        self._actuator = actuator
        self.states = dict.fromkeys(names, False)
        self.locks = dict.fromkeys(names, False)
        self.owners = dict.fromkeys(names, "")

    def poll(self):
        """Run one cycle of its monitor; return whether the checksum agreed."""
        self._load(self.states, "GetValveStates")
        self._load(self.locks, "GetValveLockStates")
        self._load_owners()
        return self._checksum_agrees()

    def _load(self, known, command):
        word = self._actuator.ask(command)
        if not word or crc16(word[:-4]) != word[-4:]:
            return
        word = word[:-4]
        if "," in word:
            items = [(item[:-1], item[-1]) for item in word.split(",")]
        else:  # a system of one valve
            items = [(word[at], word[at + 1]) for at in range(0, len(word), 2)]
        for name, mark in items:
            if name in known:
                known[name] = mark == "1"

    def _load_owners(self):
        """Take the owners word with its CRC for names and owners: it is neither stripped nor checked."""
        for group in self._actuator.ask("GetValveOwners").split(":"):
            owner = ""
            if "-" in group:
                owner, group = group.split("-")  # noqa: PLW2901 - and breaks at a second hyphen
            for name in group.split(","):
                if name in self.owners:
                    self.owners[name] = owner

    def _checksum_agrees(self):
        names = sorted(self.states)
        told = self._actuator.ask(f"GetStateChecksum {','.join(names)}")
        text = "".join(f"VALVE-{name}{self.states[name]}{self.locks[name]}" for name in names)
        return told.isdecimal() and int(told) == zlib.crc32(text.encode())
