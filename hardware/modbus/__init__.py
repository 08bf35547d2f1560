"""Modbus over TCP and RS-485: what the drivers of several devices share. The frames are made and read by pymodbus."""
