"""Pfeiffer MaxiGauge TPG 256 A: six gauges behind a two-step exchange."""
