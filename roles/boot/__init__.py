"""What happens before the first actor: the only reader of files, environment and argv."""
