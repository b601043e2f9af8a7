-- Times are microseconds since the Unix epoch. Columns named `outcome`, `usage` and `report` hold JSON.

-- One row for each life of a job: a key that is published anew after its job has ended begins another life.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    queue TEXT NOT NULL,
    runner TEXT NOT NULL,
    job TEXT NOT NULL,
    package TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'retrying', 'interrupted', 'finished')),
    -- The last attempt, and the number that its message carried: they differ after a crash.
    attempt INTEGER NOT NULL,
    message_attempt INTEGER NOT NULL,
    -- Null while it runs, and when the process was lost that ran it.
    outcome TEXT,
    reason TEXT,
    status TEXT,
    usage TEXT NOT NULL,
    first_started INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER
) STRICT;
CREATE INDEX jobs_by_key ON jobs (key, id);
CREATE INDEX jobs_running ON jobs (id) WHERE state = 'running';
CREATE INDEX jobs_by_end ON jobs (ended) WHERE ended IS NOT NULL;

-- The history. A number occurs twice when a drain stopped an attempt, which is not charged.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    life INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    reason TEXT,
    text TEXT,
    usage TEXT
) STRICT;
CREATE INDEX attempts_by_life ON attempts (life, id);

-- Reports that PyBit has not taken. `next_try` is null when a report was given up; its row stays, to be seen.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    life INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    job TEXT NOT NULL,
    report TEXT NOT NULL,
    created INTEGER NOT NULL,
    next_try INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
) STRICT;
CREATE INDEX outbox_by_job ON outbox (job, id) WHERE next_try IS NOT NULL;
CREATE INDEX outbox_by_life ON outbox (life);

-- The local queues. A row is ready, waits for `ready_at`, is held by a source, or is parked.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body BLOB NOT NULL,
    message_id TEXT,
    attempt INTEGER NOT NULL DEFAULT 1,
    pushed_at INTEGER NOT NULL,
    ready_at INTEGER,
    redelivered INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    parked_at INTEGER,
    parked_reason TEXT,
    parked_text TEXT
) STRICT;
CREATE INDEX messages_free ON messages (queue, id) WHERE holder IS NULL AND parked_at IS NULL;
CREATE INDEX messages_held ON messages (holder, queue) WHERE holder IS NOT NULL;
CREATE INDEX messages_parked ON messages (id) WHERE parked_at IS NOT NULL;
