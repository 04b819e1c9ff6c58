-- What the pack runs here, by name: {"rules": […], "sources": […]}; it can be switched off where it is not installed any more.
-- None: of a version before this column; the node fills it when it starts.
alter table pack_state add brought jsonb;
