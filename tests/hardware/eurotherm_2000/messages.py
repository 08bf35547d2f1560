"""Messages of EI-Bisynch as they stand in the handbook, with their check characters; of station 0, unit 1."""


def frame(text):
    body = text + b"\x03"
    check = 0
    for byte in body:
        check ^= byte
    return b"\x02" + body + bytes([check])


def ask(text):
    return b"\x040011" + text + b"\x05"
