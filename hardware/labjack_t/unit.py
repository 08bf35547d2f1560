"""One LabJack of the T series on a wire: its banks, and who it is. What its actuator and its inputs share."""

from dataclasses import dataclass

from hardware.errors import DeviceRefused
from hardware.labjack_t import codec
from hardware.modbus.wire import ModbusWire, to_float


@dataclass(frozen=True, slots=True)
class Banks:
    """All lines at one look, a bit each: their levels, which are outputs, which are analog."""

    state: int
    direction: int
    analog: int


class Unit:
    """Asks, and never writes. Each method raises as `Exchange.ask`; several make one look within one transaction.

    Args:
        wire: its questions.
        model: which one the site has.
        klass: for whom it is asked, in texts.
    """

    def __init__(self, wire: ModbusWire, model: codec.Model, klass: str) -> None:
        self._wire, self._model, self._klass = wire, model, klass

    def bank(self, register: int) -> int:
        """Read the number in two registers."""
        return codec.to_u32(self._wire.read_holding(register, codec.WORDS))

    def banks(self) -> Banks:
        """Read all lines; two or three round trips. Only by banks: to read a single line would make it an input."""
        direction = self.bank(codec.DIO_DIRECTION)
        analog = self.bank(codec.DIO_ANALOG_ENABLE) if self._model.flexible else 0
        return Banks(self.bank(codec.DIO_STATE), direction, analog)

    def check_test(self) -> None:
        """Return if it is a LabJack of this series. Raises `BadReply`."""
        codec.check_test(self._wire.read_holding(codec.TEST, codec.WORDS))

    def check_model(self) -> None:
        """Return if it is the model that the site has. Raises `DeviceRefused`."""
        product = self._product()
        if product != self._model.name:
            raise DeviceRefused(f"it is a {product}, and {self._klass} is for a {self._model.name}")

    def said(self) -> str:
        """Return model, serial number and firmware."""
        serial = self.bank(codec.SERIAL_NUMBER)
        firmware = to_float(self._wire.read_holding(codec.FIRMWARE_VERSION, codec.WORDS))
        return f"LabJack {self._product()}, serial number {serial}, firmware {firmware:.4f}"

    def _product(self) -> str:
        return f"T{to_float(self._wire.read_holding(codec.PRODUCT_ID, codec.WORDS)):g}"
