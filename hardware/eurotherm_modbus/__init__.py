"""Eurotherm temperature controllers (series 2000: 2404, 2408, 2416; series 3000: 3216, 3508) over Modbus."""
