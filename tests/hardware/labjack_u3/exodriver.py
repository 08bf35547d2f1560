"""A U3 behind LabJack's exodriver, byte by byte, in the place of liblabjackusb; LabJackPython is the real one."""

import ctypes
from collections import deque

CONFIG_U3, CONFIG_IO = 0x08, 0x0B


def checked(body: list[int]) -> bytes:
    """Put the two checksums of an extended packet into its places 0, 4 and 5."""
    total = sum(body[6:])
    body[4], body[5] = total & 0xFF, total >> 8
    eight = sum(body[1:6])
    eight = (eight & 0xFF) + (eight >> 8)
    body[0] = (eight & 0xFF) + (eight >> 8)
    return bytes(body)


class Box:
    """One U3: its lines as bits of a number, FIO0 in bit 0."""

    def __init__(self, serial: int) -> None:
        self.serial = serial
        self.high = 0xFFFFF
        self.outputs = 0
        self.analog = 0
        self.held_low = 0  # lines that something else pulls to ground
        self.error = 0  # what a Feedback command is answered with
        self.heard: list[bytes] = []
        self.late: deque[bytes] = deque()  # replies that wait to be read
        self.claimed = False
        self.gone = False
        self.silent = False

    def reply(self, data: bytes) -> bytes:
        """Carry out a packet, and return its answer."""
        self.heard.append(data)
        if data[2:4] == bytes([0x0A, CONFIG_U3]):
            versions = [46, 1, 0, 0, 30, 1]
            lines = [self.analog & 0xFF, 0, 0, self.analog >> 8 & 0xFF, 0, 0, 0, 0]
            serial = self.serial.to_bytes(4, "little")
            rest = [0, 0, 0, 2, 0, 0, 2]
            return checked([0, 0xF8, 0x10, CONFIG_U3, *[0] * 5, *versions, *serial, 3, 0, 1, 0x40, *lines, *rest])
        if data[2:4] == bytes([0x03, CONFIG_IO]):
            assert data[6] == 0, "it may not be configured"
            return checked([0, 0xF8, 3, CONFIG_IO, 0, 0, 0, 0, 0x40, 0, self.analog & 0xFF, self.analog >> 8 & 0xFF])
        return self._feedback(data[7:])

    def _feedback(self, commands: bytes) -> bytes:
        answer: list[int] = []
        while commands and commands[0]:
            kind = commands[0]
            if kind in (0x1A, 0x1C):
                bits = self.high if kind == 0x1A else self.outputs
                answer += bits.to_bytes(3, "little")
                commands = commands[1:]
                continue
            line, high = commands[1] & 0x1F, commands[1] >> 7
            if kind == 0x0B:
                self.outputs |= 1 << line
                self.high = self.high & ~(1 << line) | high << line
            elif kind == 0x0C:
                answer.append(self.outputs >> line & 1)
            elif kind == 0x0A:
                answer.append((self.high & ~self.held_low) >> line & 1)
            else:
                raise AssertionError(f"not to be sent: {kind:#x}")
            commands = commands[2:]
        body = [0, 0xF8, 0, 0, 0, 0, self.error, 1 if self.error else 0, 0, *answer]
        body += [0] * (len(body) % 2)
        body[2] = len(body) // 2 - 3
        return checked(body)


class Function:
    """A function of a C library: ctypes users set `restype` on it."""

    def __init__(self, call) -> None:
        self._call = call
        self.restype = None

    def __call__(self, *args):
        return self._call(*(getattr(arg, "value", arg) for arg in args))


class Exodriver:
    """liblabjackusb with some U3 on it."""

    def __init__(self, failure, *boxes: Box) -> None:
        self.boxes = list(boxes)
        self._failure = failure
        self.LJUSB_GetDevCount = Function(lambda _: len(self.boxes))
        self.LJUSB_OpenDevice = Function(self._open)
        self.LJUSB_CloseDevice = Function(self._close)
        self.LJUSB_Write = Function(self._write)
        self.LJUSB_Read = Function(self._read)

    def _open(self, number, _reserved, _product):
        box = self.boxes[number - 1]
        if box.claimed or box.gone:
            return None
        box.claimed = True
        return number

    def _close(self, handle):
        self.boxes[handle - 1].claimed = False

    def _write(self, handle, buffer, count):
        box = self.boxes[handle - 1]
        if box.gone:
            return 0
        box.late.append(box.reply(bytes(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ubyte))[:count])))
        return count

    def _read(self, handle, buffer, count):
        box = self.boxes[handle - 1]
        if box.gone or box.silent or not box.late:
            raise self._failure(110, "Exodriver returned error number 110")
        data = box.late.popleft()[:count]
        ctypes.memmove(buffer, data, len(data))
        return len(data)
