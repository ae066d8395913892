"""Processes read from the kernel's own structures, by BPF task iterators. No compiler, no library."""
