-- What a level between said as it passed the request on (requests.model.Referred); null where it came directly.
alter table share_request add column referred jsonb;
