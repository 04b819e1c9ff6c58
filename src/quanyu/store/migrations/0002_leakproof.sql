-- Under row security an index serves an operator only if its function is known to tell nothing of the rows it sees.
-- These two compare and answer yes or no; PostgreSQL just never declared it. Only a superuser may: where the owner of an
-- external database is none, searches by place and text still answer, without their index.
do $$ begin
  alter function pg_catalog.box_overlap(box, box) leakproof;
  alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof;
exception when insufficient_privilege then
  raise notice 'searches by place and text go without an index: the owner of the database is no superuser';
end $$;
