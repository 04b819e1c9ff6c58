-- Calls under way are few and looked for all the time.

create index share_call_open on share_call (tenant, at) where state = 'open';
