-- When all of an entity was last replaced (ETSI GS CIM 009, 5.6.18): attributes without moments of their own are as old as
-- that, else as the entity. Written into each of them, the moment doubled the document, and no update stayed on its page.
alter table entity add column renewed timestamptz;
