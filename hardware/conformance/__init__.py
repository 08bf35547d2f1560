"""What every driver has to survive, as tests to derive from; a pytest plug-in, there as soon as valvetree is.

    from hardware.conformance.actuator import ActuatorConformance

    class TestMyRelay(ActuatorConformance):
        klass = "my_relay.driver:MyRelay"
        channels = ("1", "2", "3")

Each test runs on each of the wires that the class names, against the simulator that the driver names. What is asked of
that simulator is in `hardware.far_end`. A device without a wire names none (`wires = ()`) and makes an
`hardware.conformance.bench.ObjectBench`, or one of its own; what cannot be tried on that is skipped, and says why.
Instruments have theirs in `actors.conformance`.
"""
