"""LabJack T4 and T7: digital lines over Modbus TCP, without the vendor's library."""
