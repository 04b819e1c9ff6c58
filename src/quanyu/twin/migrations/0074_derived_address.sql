-- Where sources notify us: a node that has moved says so to all of them.
alter table derived_state add column address text;
