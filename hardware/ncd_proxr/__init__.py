"""National Control Devices ProXR relay controllers: banks of eight relays, over RS-232, USB or Ethernet."""
