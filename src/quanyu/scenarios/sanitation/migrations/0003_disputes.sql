-- A dispute is somebody's, at a time, with the track as it was then; a ruling has its reason.
alter table sanitation_finding
  add column disputed_by text,
  add column disputed_at timestamptz,
  add column evidence jsonb,                 -- how many fixes, metres, SHA-256 of them
  add column ruling text,
  add column ruled_at timestamptz;
