-- What is due next, of everything that is open.
create index case_record_due on case_record (tenant, due, id) where closed is null;
