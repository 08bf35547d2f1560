"""How it is told to others: the actors that adapt messages to TCP 1061 and to ZMQ topics."""
