"""Byte links to devices, and the revocable handle through which they are used."""
