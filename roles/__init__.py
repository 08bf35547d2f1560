"""Who runs where: one bundle per machine."""
