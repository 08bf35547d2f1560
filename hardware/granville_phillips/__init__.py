"""Granville-Phillips Micro-Ion gauges and their like on RS-485: the family that is asked by `#01RD`."""
