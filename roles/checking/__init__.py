"""What `--check` looks at: the tree, the ports, the devices, the nodes, and whether they agree."""
