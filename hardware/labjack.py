"""How LabJack calls the digital lines of its devices: banks, and the number of the first line of each."""

FIRST_LINES = {"FIO": 0, "EIO": 8, "CIO": 16, "MIO": 20}
"""The U3 has no MIO, and the T4 none either."""
