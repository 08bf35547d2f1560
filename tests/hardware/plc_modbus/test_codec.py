"""Names of coils, from the vendor's address tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel
from hardware.plc_modbus.codec import MOST_AT_ONCE, check_channel, coil_of, runs


@pytest.mark.parametrize(
    ("channel", "naming", "base", "coil"),
    [
        ("4", "coils", 1, 3),  # [1] Pychron: coil = address - 1
        ("1", "coils", 1, 0),
        ("65536", "coils", 1, 65535),
        ("3", "coils", 0, 3),
        ("0", "coils", 0, 0),
        ("65535", "coils", 0, 65535),
        ("C0", "directlogic", 0, 3072),  # [1] vendor's pages
        ("C7", "directlogic", 0, 3079),
        ("C10", "directlogic", 0, 3080),
        ("C777", "directlogic", 0, 3583),
        ("C1000", "directlogic", 0, 3584),
        ("C1777", "directlogic", 0, 4095),
        ("Y001", "click", 0, 8192),  # [1] vendor's pages: listed as 8193
        ("Y010", "click", 0, 8201),
        ("Y016", "click", 0, 8207),
        ("C1", "click", 0, 16384),  # [G]
        ("C10", "click", 0, 16393),  # [G]
        ("C2000", "click", 0, 18383),  # [G]
    ],
)
def test_a_name_is_this_coil(channel, naming, base, coil):
    assert coil_of(channel, naming, base) == coil
    check_channel(channel)


@pytest.mark.parametrize(
    ("channel", "naming", "base", "text"),
    [
        ("0", "coils", 1, "expected the number of a coil, 1 to 65536"),
        ("65537", "coils", 1, "1 to 65536"),
        ("65536", "coils", 0, "expected the number of a coil, 0 to 65535"),
        ("01", "coils", 1, "expected the number"),
        ("C1", "coils", 1, "expected the number"),
        ("", "coils", 0, "expected the number"),
        ("C8", "directlogic", 0, "expected C0 to C1777, octal$"),
        ("C09", "directlogic", 0, "octal"),
        ("C18", "directlogic", 0, "octal"),
        ("C1008", "directlogic", 0, "octal"),
        ("C00", "directlogic", 0, "octal"),
        ("C2000", "directlogic", 0, "octal"),
        ("3072", "directlogic", 0, "octal"),
        ("Y0", "directlogic", 0, "octal; the ladder writes Y anew in each scan"),
        ("C0", "click", 0, "expected Y001 to Y016, or C1 to C2000"),
        ("C2001", "click", 0, "expected Y001"),
        ("Y1", "click", 0, "expected Y001"),
        ("Y000", "click", 0, "expected Y001"),
        ("Y017", "click", 0, "expected Y001"),
        ("Y101", "click", 0, "expected Y001"),
        ("C\uff11", "click", 0, "expected Y001"),
    ],
)
def test_other_names_are_refused(channel, naming, base, text):
    with pytest.raises(BadChannel, match=text):
        coil_of(channel, naming, base)


@pytest.mark.parametrize("channel", ["", "X0", "C", "Y", "123456", "C12345", " 1", "1 ", "1\n", "-1", "\uff11"])
def test_what_no_plc_has_is_refused_when_the_site_is_read(channel):
    with pytest.raises(BadChannel, match="expected the number of a coil, or its name"):
        check_channel(channel)


@pytest.mark.parametrize(
    ("coils", "found"),
    [
        ([], []),
        ([3], [(3, 1)]),
        ([2, 0, 1], [(0, 3)]),
        ([0, 1, 3, 4, 9], [(0, 2), (3, 2), (9, 1)]),
        ([5, 5], [(5, 1)]),
        (range(MOST_AT_ONCE + 1), [(0, 2000), (2000, 1)]),
    ],
)
def test_neighbours_are_read_together(coils, found):
    assert runs(coils) == found


@given(st.sets(st.integers(0, 300), max_size=80))
def test_each_coil_is_read_once_and_no_other(coils):
    read = [coil for first, count in runs(coils) for coil in range(first, first + count)]
    assert read == sorted(coils)
