-- What last went wrong in the process of a pack: {"reason": "late", "where": "GET /…", "at": …}; none since it was switched on.
alter table pack_state add trouble jsonb;
