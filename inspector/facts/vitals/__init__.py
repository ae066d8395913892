"""What a host, its containers and its processes use: as it is read, and as means that history keeps."""
