-- When the wait for `ready_at` began. If that has not come yet, the clock was set back, and the wait begins anew.
ALTER TABLE messages ADD COLUMN put_off_at INTEGER;
CREATE INDEX messages_put_off ON messages (put_off_at) WHERE put_off_at IS NOT NULL;
