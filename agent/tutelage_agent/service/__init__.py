"""Starting and stopping with the operating system: one module a system, nothing else."""
