"""Messages of an EZ-Zone on a serial line, as unit 1: what its driver asks, and what it may be answered."""

from tests.hardware.scripted import rtu

ASK_DEGREES, CELSIUS = rtu("01 03 09 BA 00 01"), rtu("01 03 02 00 0F")
ASK_SAVE, SAVES, DOES_NOT = rtu("01 03 09 BE 00 01"), rtu("01 03 02 00 6A"), rtu("01 03 02 00 3B")
WRITE_75 = bytes.fromhex("01 10 08 70 00 02 04 00 00 42 96 23 85")  # [2+T]
WRITTEN_75 = bytes.fromhex("01 10 08 70 00 02 42 73")  # [2+T]
ASK_INTEGRAL, INTEGRAL_360 = rtu("01 03 07 66 00 02"), rtu("01 03 04 00 00 43 B4")
ASK_SETPOINT, SETPOINT_75 = rtu("01 03 08 70 00 02"), rtu("01 03 04 00 00 42 96")
ASK_BAND, ASK_DERIVATIVE = rtu("01 03 07 62 00 02"), rtu("01 03 07 68 00 02")
ASK_OUTPUT = rtu("01 03 07 70 00 02")
ASK_ORDER = [rtu("01 03 01 68 00 02"), ASK_SETPOINT, ASK_BAND, ASK_INTEGRAL, ASK_DERIVATIVE]
"""What is asked once on each new link, to see that the word order is right."""

ORDER = dict.fromkeys(ASK_ORDER, SETPOINT_75) | {ASK_INTEGRAL: INTEGRAL_360}
