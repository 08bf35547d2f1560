"""What a lab programmer writes: a relay box, a gauge, a chiller; each one class and its simulator."""
