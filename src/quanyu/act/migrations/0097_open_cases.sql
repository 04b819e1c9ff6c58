-- What presses is counted from the index alone: a tenth of the cases lie open, and each stands on another page.
drop index case_record_due;
create index case_record_due on case_record (tenant, due, id) include (organisation, bodies, lon, lat) where closed is null;
