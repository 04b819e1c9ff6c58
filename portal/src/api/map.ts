import { api } from './client'

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

export const listLayers = async (signal: AbortSignal): Promise<MapLayer[]> =>
  (await api.get<{ items: MapLayer[] }>('/api/v1/map/layers', undefined, signal)).items
export const tileAddress = (layer: MapLayer): string => `${location.origin}${layer.tiles}?v=${layer.version}`
