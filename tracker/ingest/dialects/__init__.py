"""One module per wire format that phones speak."""
