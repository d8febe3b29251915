"""Patrol (一日三巡): plans with their rounds, coverage cell by cell, and what became of every round."""
