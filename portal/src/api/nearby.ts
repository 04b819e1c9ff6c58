import { api, segment } from './client'

/** A thing with its plain values. */
export interface Feature {
  id: string
  geometry: { type: string; coordinates: unknown }
  properties: Record<string, unknown>
}

export const readFeatures = async (layer: string, bbox: string, signal: AbortSignal): Promise<Feature[]> =>
  (await api.get<{ features: Feature[] }>(`/api/v1/map/layers/${segment(layer)}/features`, { bbox, limit: 500, zoom: 14 }, signal)).features
