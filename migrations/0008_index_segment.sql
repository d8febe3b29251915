-- The time machine looks for the few long uploads (bursts of phones that were without network) of a day without reading all of them.
create index segment_long on segment (started_at) where not packed and ended_at - started_at > interval '15 minutes';
