-- Photos of reports and acts. The files lie in the data folder by the hash of what is kept; rows say whose they are.

create table photo (
    tenant text not null,
    id text not null,                      -- SHA-256 of the kept file
    bytes integer not null,
    width integer not null,
    height integer not null,
    received timestamptz not null,
    used timestamptz,                      -- since when a case names it; null for a day, and it goes
    primary key (tenant, id)
);
create index photo_orphan on photo (tenant, received) where used is null;
select quanyu_protect('photo');

create table case_photo (
    tenant text not null,
    case_id text not null,
    photo text not null,
    stage text not null check (stage in ('report', 'before', 'after', 'photo')),
    at timestamptz not null,
    by text not null,
    primary key (tenant, case_id, photo, stage)
);
select quanyu_protect('case_photo');
