-- By whose terms a subscription sees: those of a contract, or '' for the rights of whoever made it.
alter table subscription add column contract text not null default '';
