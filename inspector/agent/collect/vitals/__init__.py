"""What the host and its processes use, read with psutil."""
