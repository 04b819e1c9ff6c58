-- `way`: who asks, and the levels that have passed it on to here.
alter table federation_referral add column way text[] not null default '{}';
update federation_referral set way = array[peer];
