"""Where a Modbus reply ends: over TCP by its header, on a serial line by its function code. Pure."""

_HEADER_BYTES = 6  # transaction, protocol, length
_EXCEPTION = 0x80
_COUNTED = frozenset((0x01, 0x02, 0x03, 0x04))  # these tell how many bytes follow
_FIXED_BYTES = 8  # of the reply to a write: address, function, two words, CRC
_EXCEPTION_BYTES = 5
_CRC_BYTES = 2


def tcp_length(data: bytes) -> int | None:
    """Return how long the frame at the start of `data` is, or None: more bytes are needed."""
    if len(data) < _HEADER_BYTES:
        return None
    length = _HEADER_BYTES + int.from_bytes(data[4:6], "big")
    return length if len(data) >= length else None


def rtu_length(data: bytes) -> int | None:
    """Return how long the reply at the start of `data` is, or None: more bytes are needed."""
    if len(data) < 3:  # noqa: PLR2004 - address, function, and what it needs to be known by
        return None
    function = data[1]
    if function & _EXCEPTION:
        length = _EXCEPTION_BYTES
    elif function in _COUNTED:
        length = 3 + data[2] + _CRC_BYTES
    else:
        length = _FIXED_BYTES
    return length if len(data) >= length else None
