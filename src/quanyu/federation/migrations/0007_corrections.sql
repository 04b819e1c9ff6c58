-- What an owner has corrected since this node was given it: whatever was made of it here has to be looked at.
alter table federation_request add column corrected jsonb;
