-- Where the city is: a report about a place beyond is refused in words. None is laid down at first.

create table case_extent (
    tenant text primary key,
    west double precision not null,
    south double precision not null,
    east double precision not null,
    north double precision not null
);
select quanyu_protect('case_extent');
