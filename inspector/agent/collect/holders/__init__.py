"""What keeps namespaces alive beside the processes in them: one module for each source."""
