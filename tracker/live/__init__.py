"""The live stream: who is where now, sent to every map that may see it."""
