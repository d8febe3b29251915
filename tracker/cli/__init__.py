"""The commands of run.py: read words, call a room, talk to a person."""
