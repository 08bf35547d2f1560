"""Agilent / Keysight 34970A and 34972A switch units with 34903A cards: 20 relays per slot."""
