"""A line, its valves and an actuator, on a real wire to a simulated box."""

from actors.actuator import Actuator, ActuatorSetup
from actors.messages import State
from actors.table import ValveSpec
from hardware.agilent_34970a.driver import AgilentGPActuator, AgilentGPActuatorSettings
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, until

SETTINGS = AgilentGPActuatorSettings(
    name="relays", klass="AgilentGPActuator", port="tcp://h:1", valve_opens_when="relay_closed"
)
OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B", "C")),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
    ValveSpec("C", "103", RELAYS, interlocks=("A",), check_delay_s=0.05),
    ValveSpec("D", "104", RELAYS),
)


class Plant(Bench):
    """`hang_up`: the instrument ends the connection; `reset`: and its relays fall to where they fall."""

    def __init__(self, house, specs=SPECS, poll_s=0.0, wrap=lambda driver: driver):
        super().__init__(house, specs, timeout_s=5.0)
        self.simulator = simulator_for("AgilentGPActuator")
        self.served = serve_tcp(self.simulator)
        handle = LinkHandle(self.served.address, 2.0)
        self.exchange = Exchange("relays", handle, terminator=AgilentGPActuator.terminator, timeout_s=2.0)
        self.driver = wrap(AgilentGPActuator(SETTINGS, self.exchange, ["101", "102", "103", "104"]))
        setup = ActuatorSetup(specs, opens_when_closed=True, poll_s=poll_s)
        self.start()
        house.start(Actuator, RELAYS, self.driver, self.exchange, setup, self.fence)
        if self.driver.has_readback:
            until(lambda: UNKNOWN not in self.states().values(), "it was read")

    def unplug(self):
        self.exchange.handle.revoke("the test is over")
        self.served.close()

    def hang_up(self):
        port = self.served.port
        self.served.close()
        self.served = serve_tcp(self.simulator, port=port)

    def reset(self, **closed):
        self.simulator.relays.update({channel.removeprefix("c"): on for channel, on in closed.items()})
        self.hang_up()

    def both_open(self):
        return self.simulator.relays["101"] and self.simulator.relays["102"]
