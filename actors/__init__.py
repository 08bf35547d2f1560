"""Who acts: every valve, actuator, monitor and store as an actor, and the rules they keep."""
