"""News, over real sockets on loopback."""
