"""The command channel, TCP 1061."""
