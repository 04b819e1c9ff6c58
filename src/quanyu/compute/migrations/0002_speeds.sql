-- How quickly segments of roads were driven in each hour of the day, as somebody (a pack) has measured it.
create table road_speed (
  tenant text not null,
  hour smallint not null check (hour between 0 and 23),
  segment text not null,
  metres double precision not null,
  seconds double precision not null,
  primary key (tenant, hour, segment)
);
create table road_speed_told (            -- when it was told last, so that what was computed from it is known to be old
  tenant text not null primary key,
  at timestamptz not null
);
select quanyu_protect('road_speed'), quanyu_protect('road_speed_told');
