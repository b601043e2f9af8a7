-- Whether a person put the message back after it was parked.
ALTER TABLE messages ADD COLUMN requeued INTEGER NOT NULL DEFAULT 0;
