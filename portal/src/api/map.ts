import { api, type Query } from './client'

/** `bbox` is [west, south, east, north]; `version` rises when anything drawn changes. */
export interface MapLayer {
  id: string
  type: string
  dataset: string
  titles: Record<string, string>
  demo: boolean
  count: number
  drawn: 'points' | 'shapes'
  bbox: [number, number, number, number]
  version: number
  modified: string
  tiles: string
}

/** `tiles` is a template for {z}, {x} and {y}; nearer than `deepest` there are none. */
export interface BaseMap {
  tiles: string
  attribution: string
  deepest: number
}

export const listLayers = async (signal: AbortSignal): Promise<MapLayer[]> =>
  (await api.get<{ items: MapLayer[] }>('/api/v1/map/layers', undefined, signal)).items
export const tileAddress = (layer: MapLayer): string => `${location.origin}${layer.tiles}?v=${layer.version}`
const regions = (query: Query, signal: AbortSignal) => ['/ngsi-ld/v1/entities', { type: 'AdministrativeArea', format: 'simplified', limit: 1000, ...query }, signal] as const

export interface Region {
  id: string
  name?: string
  location?: { type: string; coordinates?: unknown }
}

/** Regions whose id ends with a statistical code of six digits that is no whole city's. */
export const readDistricts = (signal: AbortSignal) => api.get<Region[]>(...regions({ idPattern: ':[0-9]{4}(0[1-9]|[1-9][0-9])$', pick: 'id,name,location' }, signal))
/** Those that have a name in letters. */
export const readRegionNames = (signal: AbortSignal) => api.get<{ id: string; pinyinName: string }[]>(...regions({ attrs: 'pinyinName' }, signal))
