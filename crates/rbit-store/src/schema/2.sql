-- The front-end that counts a job so, as the message names it: numbers of two front-ends are two jobs.
ALTER TABLE jobs ADD COLUMN web_host TEXT;
CREATE INDEX jobs_by_number ON jobs (job, id);

-- Jobs that are to be called off, by their number; `web_host` is null for the job of any front-end.
CREATE TABLE cancellations (
    job TEXT NOT NULL,
    web_host TEXT,
    noted INTEGER NOT NULL
) STRICT;
CREATE INDEX cancellations_by_job ON cancellations (job);

-- Orders of other processes to the one that works here. `command` holds JSON.
CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- An order that only the present incarnation may carry out: the next one did not hear it.
    is_momentary INTEGER NOT NULL,
    command TEXT NOT NULL,
    ordered INTEGER NOT NULL
) STRICT;
