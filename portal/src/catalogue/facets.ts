/** The facets of the node's search, in the order in which people narrow down. */
export const facetNames = ['organisation', 'region', 'share_type', 'open', 'grade', 'model', 'format', 'update_cycle', 'score', 'state'] as const
export type FacetName = (typeof facetNames)[number]

/** Facets whose values are words of ours; the others show the value itself. */
export const translated: ReadonlySet<string> = new Set(['share_type', 'open', 'grade', 'update_cycle', 'state'])
