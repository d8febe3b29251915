"""Files into the register: readers by format, meaning by column names, checks, and one transaction."""

from __future__ import annotations
