-- What an import brings: a whole file, whose refused records take their earlier versions with them; an increment, which only
-- adds; or the content of the dataset itself, once more. The last was known by a source called "rerun", a name that a real
-- source may have.
alter table dataset_import
  add column extent text not null default 'whole' check (extent in ('whole', 'increment', 'content'));
update dataset_import set extent = 'content', source = null where source = 'rerun' and files = '[]';
delete from lineage_edge where from_kind = 'source' and from_id = 'rerun'
  and not exists (select from source s where s.tenant = lineage_edge.tenant and s.name = 'rerun');
