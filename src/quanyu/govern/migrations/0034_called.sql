-- Datasets are found by a part of their names and titles, and of those of their columns. The profiles of the columns are long: to
-- read them all for each word that somebody types took a third of a second in a city of ten thousand datasets.
create function dataset_called(name text, title text, columns jsonb) returns text language sql immutable parallel safe as $$
    select lower(name || ' ' || title || coalesce(
        (select string_agg(E'\n' || (c ->> 'name') || ' ' || coalesce(c ->> 'label', ''), '') from jsonb_array_elements(columns) as c), ''))
$$;
alter table dataset add column called text generated always as (dataset_called(name, title, columns)) stored;
