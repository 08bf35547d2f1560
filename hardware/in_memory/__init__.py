"""An actuator that exists only in memory: for a first try, and to measure everything but a device."""
