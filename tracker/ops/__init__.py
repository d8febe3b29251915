"""For the people who run the server: health, readiness, metrics, housekeeping."""
