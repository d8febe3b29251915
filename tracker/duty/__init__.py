"""When a worker is on duty, and so may be tracked."""
