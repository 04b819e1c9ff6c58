-- Beside pictures, PDF documents: they have no size in pixels.
alter table photo add column media_type text not null default 'image/jpeg';
alter table photo alter column width drop not null;
alter table photo alter column height drop not null;
