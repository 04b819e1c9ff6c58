-- By which rules the words of an entry were found (`catalogue.search.INDEX`); rows of others are made anew after start.
alter table catalogue_text add column made_by integer not null default 0;
