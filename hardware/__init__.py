"""What exists: links, devices, and the simulators that are the devices' far ends."""
