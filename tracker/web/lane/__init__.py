"""The fast lane: plain uploads are answered without the web framework, everything else is handed to it unread.

Phones send the same few requests for years; parsing each one as if it could be anything costs more than storing it. The
lane knows one shape of request byte by byte (`heads.py`) and takes nothing else, so that only this one case has to be
proven equal to the framework's answer (tests/integration/test_web_lane_same.py). It stands on every connection
(`connection.py`), hands the transport to aiohttp with the bytes as they came, and takes it back when the next plain
upload arrives between two requests (`handler.py`). `lane.py` is what all connections share.
"""
