"""The LabJack U3, a USB box with twenty digital lines: relays on them."""
