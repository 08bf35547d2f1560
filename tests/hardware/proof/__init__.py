"""What is shown of each device: `python -m tests.hardware.proof`; with `--mutate` each codec is damaged too.

The first prints a table of devices and kinds of tests: how many passed, over which wire. The second changes one
constant after the other in each codec, byte by byte as it were, and prints whether a test of that device fails.
"""
