-- Which segments of roads have changed since a number of the feed, found without looking through what else happens in a city.
create index change_road on change (tenant, seq) where type = 'RoadSegment';
