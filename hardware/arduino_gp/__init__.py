"""A valve box with an Arduino Mega that runs Pychron's sketch `valvebox3.pde`: outputs and true indicators by pin."""
