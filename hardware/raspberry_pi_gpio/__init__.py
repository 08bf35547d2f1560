"""The pins of a Raspberry Pi, by gpiozero: relays on them."""
