"""Eurotherm series 2000 temperature controllers (2404, 2408, 2416) over EI-Bisynch."""
