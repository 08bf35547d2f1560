"""One entry of the valves file -> one valve: who moves it, who reads it, how it is wired, whom it follows."""

from collections.abc import Callable, Iterable

from actors.table import ValveSpec
from roles.boot.actuator_names import ActuatorNames
from roles.boot.document import Document
from roles.boot.valve_keys import DOUBLE, IDLE, IDLE_BY_HAND, IDLE_ELSEWHERE, MANUAL, ONLY_DOUBLE, ValveKeys

Find = Callable[[int, str, str], None]  # entry, key, what is wrong


def channels_of(spec: ValveSpec) -> tuple[str, ...]:
    """Return the channels of its actuator that move a valve: one, two for double actuation, none by hand."""
    return parts_of(spec.address, spec.kind)


def parts_of(address: str, kind: str) -> tuple[str, ...]:
    """Return the channels that an address of a valve of that kind names."""
    parts = address.split(",") if kind == DOUBLE else [address]
    return tuple(part.strip() for part in parts if part.strip())


class EntryReader:
    """Turns checked keys into a valve.

    Args:
        document: where they were written; actuators: what they may name.
        find: called with every finding.

    Attributes:
        idle: what was written and changes nothing: (key, why) -> the valves that have it.
    """

    def __init__(self, document: Document, actuators: ActuatorNames, find: Find) -> None:
        self.idle: dict[tuple[str, str], list[str]] = {}
        self._document = document
        self._actuators = actuators
        self._find = find

    def spec(self, at: int, keys: ValveKeys) -> ValveSpec:
        """Return the valve of entry `at`; what could not be made out is empty, with a finding."""
        actuator = self._actuator(at, keys)
        here = actuator.startswith("actuator.")
        address = ",".join(part.strip() for part in keys.address.split(","))
        state_actuator, state_address, state_inverted = self._state(at, keys) if here else ("", "", False)
        self._idle(keys, actuator)
        self._misplaced(at, keys)
        return ValveSpec(
            name=keys.name,
            address="" if keys.kind == MANUAL and not actuator else self._address(at, keys, address, here=here),
            actuator=actuator,
            description=keys.description,
            kind=keys.kind,
            interlocks=_once(keys.interlock, keys.interlocks),
            positive_interlocks=_once(keys.positive_interlock, keys.positive_interlocks),
            close_interlocks=_once(keys.close_interlock, keys.close_interlocks),
            enabled=keys.enabled,
            disabled_why="" if keys.enabled else f"enabled: false ({self._document.place((at, 'enabled'))})",
            inverted_logic=keys.inverted_logic,
            query_state=keys.query_state,
            check=keys.check_actuation_enabled,
            check_delay_s=keys.check_actuation_delay,
            settling_time_s=keys.settling_time,
            stale_after_s=keys.stale_after,
            remote=actuator.startswith("node."),
            opens_when=self._polarity(keys) if here else "",
            state_actuator=state_actuator,
            state_address=state_address,
            state_inverted=state_inverted,
            parent=keys.parent.name if keys.parent else "",
            parent_inverted=keys.parent.inverted if keys.parent else False,
            open_delay_s=keys.open_delay,
            close_delay_s=keys.close_delay,
            track=keys.track,
        )

    def _actuator(self, at: int, keys: ValveKeys) -> str:
        """Return the path of the actor that moves the valve; "" by hand, or with a finding where there is none."""
        name, names = keys.actuator, self._actuators
        elsewhere = keys.klass is not None if keys.remote is None else keys.remote
        if elsewhere and "actuator" not in keys.model_fields_set:
            if len(names.nodes) == 1:
                return f"node.{next(iter(names.nodes))}"
            known = ", ".join(sorted(names.nodes)) or "none: no device file describes a remote line"
            self._find(at, "actuator", f"missing, expected the node that has {keys.name}: one of {known}")
            return ""
        if name in names.nodes and keys.remote is not False:
            return f"node.{name}"
        if keys.kind == MANUAL and not elsewhere:
            return ""
        wanted = names.nodes if elsewhere else names.local if keys.remote is False else names.local | names.nodes
        if name in wanted:
            return f"actuator.{name}"
        if why := names.unknown(name, wanted):
            self._find(at, "actuator", why)
        return ""

    def _address(self, at: int, keys: ValveKeys, address: str, *, here: bool) -> str:
        """Return the address as written, with a finding where the device cannot have it."""
        if not here:
            return address
        channels = parts_of(address, keys.kind)
        name = keys.actuator
        if not address:
            what = "channels of {}, primary,secondary, that move" if keys.kind == DOUBLE else "channel of {} that moves"
            self._find(at, "address", f"missing, expected the {what.format(name)} {keys.name}")
        elif keys.kind == DOUBLE and (address.count(",") != 1 or len(set(channels)) != 2):  # noqa: PLR2004 - relays
            self._find(at, "address", f'expected two channels, as in "101,102", got {keys.address!r}')
        else:
            for why in filter(None, (self._actuators.bad_channel(name, channel) for channel in channels)):
                self._find(at, "address", why)
        return address

    def _state(self, at: int, keys: ValveKeys) -> tuple[str, str, bool]:
        """Return who reads the valve's state, from which channel, and whether that one is inverted."""
        device, names = keys.state_device, self._actuators
        own = keys.address.strip()
        if device and device.address and keys.state_address not in ("", device.address):
            self._find(at, "state_address", f"{keys.state_address!r} here, {device.address!r} in state_device")
        channel = (device.address if device else "") or keys.state_address
        inverted = keys.state_invert or (device is not None and device.inverted)
        reader = device.name if device and device.name != keys.actuator else ""
        if reader and reader not in names.local:
            if why := names.unknown(reader, names.local):
                self._find(at, "state_device", why)
            return "", channel, inverted
        key = "state_device" if device and (device.address or not channel) else "state_address"
        told_by = parts_of(channel or (own if reader else ""), keys.kind)
        for why in filter(None, (names.bad_channel(reader or keys.actuator, part) for part in told_by)):
            self._find(at, key, why if channel else f"has no address, and reads that of the valve: {why}")
        if inverted and not reader and channel in ("", own):
            key = "state_device" if device and device.inverted else "state_invert"
            self._find(at, key, "turns what is read of the relay that moves the valve: the two would always differ")
        return (f"actuator.{reader}" if reader else ""), "" if channel == own else channel, inverted

    def _polarity(self, keys: ValveKeys) -> str:
        """Return what an open valve's relay does, where that is not as its actuator says."""
        said = keys.valve_opens_when or ""
        return "" if said == self._actuators.opens_when.get(keys.actuator, "") else said

    def _idle(self, keys: ValveKeys, actuator: str) -> None:
        for key, why in IDLE.items():
            self._say_idle(keys, key, why)
        if actuator.startswith("node."):
            for key in IDLE_ELSEWHERE:
                self._say_idle(keys, key, "another node moves and reads it")
        elif keys.kind == MANUAL:
            for key in IDLE_BY_HAND:
                self._say_idle(keys, key, "a person turns it")

    def _say_idle(self, keys: ValveKeys, key: str, why: str) -> None:
        if getattr(keys, key) != type(keys).model_fields[key].default:
            self.idle.setdefault((key, why), []).append(keys.name)

    def _misplaced(self, at: int, keys: ValveKeys) -> None:
        if keys.kind != DOUBLE:
            for key in ONLY_DOUBLE:
                if getattr(keys, key):
                    self._find(at, key, f"only a {DOUBLE} has two relays to wait between")
        if keys.kind == MANUAL and keys.parent:
            self._find(at, "parent", f"a {MANUAL} follows no other: a person turns it")
        if keys.klass and keys.remote is False:
            self._find(at, "remote", f"false here, and its klass is {keys.klass}")


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
