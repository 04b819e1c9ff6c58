-- Of plans that ran before bodies were kept, the body that the case lies with is none of the others.
update case_record set bodies = nullif(array_remove(bodies, organisation), '{}') where organisation = any(bodies);
