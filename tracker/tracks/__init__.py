"""Where everybody was: durable segments of fixes, latest positions, history, replay, export."""
