-- What a page shows of the processes that serve: since when, and of which version.
ALTER TABLE nodes ADD COLUMN since TIMESTAMP;
ALTER TABLE nodes ADD COLUMN version TEXT NOT NULL DEFAULT '';

-- How far the passes have come, as JSON; said every two seconds by the nodes that they run on.
CREATE TABLE running_passes (
    server_id INTEGER PRIMARY KEY NOT NULL,
    node TEXT NOT NULL,
    progress TEXT NOT NULL,
    seen TIMESTAMP NOT NULL
);
