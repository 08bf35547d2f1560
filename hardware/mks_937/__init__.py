"""MKS 937B and 946 vacuum gauge controllers: up to six gauges, several controllers on one RS-485 bus."""
