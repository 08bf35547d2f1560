"""What each plug-in starts: the branches from which a node's tree is put together."""
