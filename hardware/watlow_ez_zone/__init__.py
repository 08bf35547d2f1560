"""Watlow EZ-Zone PM temperature controllers over Modbus RTU, or Modbus TCP through a gateway."""
