import { api, segment, type Page, type Query } from './client'

/** One NGSI-LD attribute in the normalized form. */
export interface Attribute {
  type: string
  value?: unknown
  object?: unknown
  unitCode?: string
  observedAt?: string
}

/** `attributes` is the normalized document; `location` a GeoJSON geometry. */
export interface Entity {
  id: string
  types: string[]
  dataset: string
  name: string | null
  location: { type: string; coordinates?: unknown } | null
  attributes: Record<string, Attribute | Attribute[]>
  created: string
  modified: string
  version: number
}

export interface HistoryPoint {
  at: string
  value: unknown
  unit: string | null
}

/** What the twin holds of a type, as its counters say; names are those of the standards where these have them. */
export interface HeldType {
  typeName: string
  attributeNames: string[]
}

export const listTypes = (signal: AbortSignal) => api.get<HeldType[]>('/ngsi-ld/v1/types', { details: true }, signal)

const path = (id: string) => `/api/v1/entities/${segment(id)}`

export const findEntities = (query: Query, signal: AbortSignal) => api.get<Page<Entity>>('/api/v1/entities', query, signal)
export const readEntity = (id: string, signal: AbortSignal) => api.get<Entity>(path(id), undefined, signal)
export const readHistory = async (id: string, attribute: string, signal: AbortSignal): Promise<HistoryPoint[]> => {
  const history = await api.get<{ attributes: { points: HistoryPoint[] }[] }>(`${path(id)}/history`, { attribute, limit: 500 }, signal)
  return history.attributes[0]?.points ?? []
}

/** What a thing is called: its name, else the last part of its id. */
export const titleOf = (entity: Entity): string => entity.name ?? entity.id.split(':').pop() ?? entity.id
