-- The front-end that a report is for, as its message named it: numbers of two front-ends are two jobs, and the reports of one that
-- does not answer must not hide those of another.
ALTER TABLE outbox ADD COLUMN web_host TEXT;
UPDATE outbox SET web_host = json_extract(report, '$.web_host');
DROP INDEX outbox_by_job;
CREATE INDEX outbox_by_job ON outbox (web_host, job, id) WHERE next_try IS NOT NULL;
CREATE INDEX outbox_by_front_end ON outbox (web_host, next_try, id) WHERE next_try IS NOT NULL;
CREATE INDEX outbox_by_time ON outbox (next_try) WHERE next_try IS NOT NULL;
