"""Where a Modbus reply ends, and whether it can be the answer to what was asked. Pure.

Source: Modbus Application Protocol V1.1b3, 6 and 7; Modbus Messaging on TCP/IP V1.0b, 3.1.
"""

_HEADER_BYTES = 6  # transaction, protocol, length
_EXCEPTION = 0x80
_BITS = frozenset((0x01, 0x02))
_COUNTED = frozenset((0x01, 0x02, 0x03, 0x04))  # these tell how many bytes follow
_REPEATED_BYTES = 5  # of a write: function, and the two words that its reply repeats
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
    if len(data) < _EXCEPTION_BYTES:  # there is no shorter reply
        return None
    function = data[1]
    if function & _EXCEPTION:
        length = _EXCEPTION_BYTES
    elif function in _COUNTED:
        length = 3 + data[2] + _CRC_BYTES
    else:
        length = _FIXED_BYTES
    return length if len(data) >= length else None


def is_answer(asked: bytes, said: bytes) -> bool:
    """Whether one PDU (from the function code on) can be the answer to another, by its length and what it repeats.

    A read is answered by exactly as many bytes as were asked for, a write by its own address and value, or number of
    values; either by an exception of the same function.
    """
    if not said or said[0] & ~_EXCEPTION != asked[0]:
        return False
    if said[0] & _EXCEPTION:
        return len(said) == 2  # noqa: PLR2004 - function and exception code
    if asked[0] in _COUNTED:
        count = int.from_bytes(asked[3:], "big")
        size = (count + 7) // 8 if asked[0] in _BITS else 2 * count
        return len(said) == 2 + size and said[1] == size
    return said == asked[:_REPEATED_BYTES]
