-- The writer knows what it adds and removes, and says so itself (quanyu.counted); the triggers count for all others.
create or replace trigger entity_came after insert on entity
    referencing new table as fresh for each statement
    when (current_setting('quanyu.counted', true) is distinct from 'on') execute function twin_came();
create or replace trigger entity_went after delete on entity
    referencing old table as gone for each statement
    when (current_setting('quanyu.counted', true) is distinct from 'on') execute function twin_went();
create or replace trigger entity_reshaped after update on entity for each row when (
    current_setting('quanyu.counted', true) is distinct from 'on'
    and (old.type <> new.type or old.dataset <> new.dataset or old.types is distinct from new.types
         or jsonb_path_query_array(old.doc, '$.*.type') <> jsonb_path_query_array(new.doc, '$.*.type')
         or jsonb_path_query_array(old.doc, '$.keyvalue().key') <> jsonb_path_query_array(new.doc, '$.keyvalue().key'))
) execute function twin_reshaped();
