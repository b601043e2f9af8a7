-- Events that nobody was told yet, in the order in which they are to be told. `event` holds JSON.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL
) STRICT;
