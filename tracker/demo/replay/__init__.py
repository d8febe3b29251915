"""Recorded tracks sent like a phone would send them, through the real HTTP API."""

from __future__ import annotations
