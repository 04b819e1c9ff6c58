-- The facts of a rule's event stand in the event, where they are shown as far as the asker may see them.
update case_record set facts = jsonb_build_object('rule', facts->'rule', 'event', facts->'event')
where facts ? 'rule' and facts ? 'event' and facts ? 'attributes';
