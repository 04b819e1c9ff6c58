-- Whoever hands a shared case on shows the secret that it was given with it: its name alone, which can be guessed, opens nothing.

alter table federation_case add column secret text not null default '';
alter table federation_case_step add column secret text not null default '';
alter table federation_case_step drop constraint federation_case_step_pkey;
alter table federation_case_step add primary key (tenant, shared, secret, node, work, number);
