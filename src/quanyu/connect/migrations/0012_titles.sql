-- What a dataset is called that the source makes; null where it is called by its name.
alter table source add column title text;
