"""The operator's console: its words, its tables, its shells; the only part that prints."""
