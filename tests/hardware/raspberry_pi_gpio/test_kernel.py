"""How a pin is found, against a kernel in the place of the real one."""

import errno
import os
import struct

import pytest

from hardware.errors import NotSent
from hardware.raspberry_pi_gpio.kernel import Found, as_found, outputs_outlive

LINE_INFO, LINE, VALUES = 0xC100B405, 0xC250B407, 0xC010B40E


class Kernel:
    """The kernel's side of a few lines: offset -> [flags, level, consumer]. It refuses to change any."""

    def __init__(self, lines, *, trouble=None) -> None:
        self.lines = lines
        self.trouble = trouble
        self.given = {}  # descriptor -> line

    def ioctl(self, descriptor, number, data):
        if self.trouble == number:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        if number == VALUES:
            struct.pack_into("=Q", data, 0, self.lines[self.given[descriptor]][1])
            return 0
        (line,) = struct.unpack_from("=I", data, 64 if number == LINE_INFO else 0)
        if number == LINE_INFO:
            flags, _, consumer = self.lines[line]
            data[32 : 32 + len(consumer)] = consumer
            struct.pack_into("=Q", data, 72, flags)
        else:
            assert number == LINE
            assert struct.unpack_from("=Q", data, 288) == (0,), "it was not to be changed"
            given = os.dup(descriptor)
            self.given[given] = line
            struct.pack_into("=i", data, 588, given)
        return 0

    def all_given_back(self):
        for descriptor in self.given:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(descriptor)
        return True


@pytest.fixture
def device(tmp_path):
    path = tmp_path / "gpiochip"
    path.touch()
    return str(path)


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize(("flags", "output"), [(4, False), (8, True)])
def test_a_pin_is_read_as_it_is(device, flags, output, high):
    kernel = Kernel({17: [flags, int(high), b""]})
    assert as_found(0, 17, kernel.ioctl, device) == Found(output, high)
    assert len(kernel.given) == 1
    assert kernel.all_given_back()


def test_one_that_somebody_has_is_not_taken(device):
    kernel = Kernel({17: [9, 1, b"lg"]})
    with pytest.raises(NotSent, match=r"^GPIO17 is used by lg$"):
        as_found(0, 17, kernel.ioctl, device)
    assert kernel.given == {}


@pytest.mark.parametrize("trouble", [LINE_INFO, LINE, VALUES])
def test_what_the_kernel_refuses_is_not_sent(device, trouble):
    kernel = Kernel({17: [8, 1, b""]}, trouble=trouble)
    with pytest.raises(NotSent, match="GPIO17: Device or resource busy"):
        as_found(0, 17, kernel.ioctl, device)
    assert kernel.all_given_back()


def test_without_a_chip_it_is_not_sent():
    with pytest.raises(NotSent, match=r"^/dev/gpiochip98: GPIO17: No such file or directory$"):
        as_found(98, 17)


def test_what_is_no_chip_is_not_sent(device):
    with pytest.raises(NotSent, match="GPIO17: Inappropriate ioctl for device"):
        as_found(0, 17, device=device)


@pytest.mark.parametrize(
    ("said", "outlive"),
    [({}, None), ({"bcm2835": "Y"}, True), ({"bcm2835": "N"}, False), ({"bcm2835": "Y", "rp1": "N"}, False),
     ({"rp1": "1"}, True)],
)  # fmt: skip
def test_whether_outputs_outlive_their_process_is_the_kernels_word(tmp_path, said, outlive):
    for name, word in said.items():
        folder = tmp_path / f"pinctrl_{name}" / "parameters"
        folder.mkdir(parents=True)
        (folder / "persist_gpio_outputs").write_text(f"{word}\n")
    assert outputs_outlive(tmp_path) is outlive
