-- What was done about a cause of congestion: who accepted it, when, and against which street its effect is measured.
create table parking_action (
  tenant text not null,
  id bigint generated always as identity,
  street text not null,
  cause text not null,
  measure text not null,
  what text not null,
  control text not null,                     -- a street where nothing was done
  day date not null,                         -- the first on which it holds
  hours int[] not null,                      -- of the day that it is about
  author text not null,
  author_name text not null,
  accepted timestamptz not null,
  primary key (tenant, id)
);
select quanyu_protect('parking_action');
grant usage on all sequences in schema public to quanyu_app;
