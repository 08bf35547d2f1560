"""News: ZMQ PUB/SUB and REQ/REP."""
