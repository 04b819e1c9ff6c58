-- A request may come by way of several levels: `referred` is what each has said of it, in turn.
update share_request set referred = jsonb_build_array(referred) where referred is not null;
