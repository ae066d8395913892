"""What hosts, containers and processes used, kept as means over five minutes."""
