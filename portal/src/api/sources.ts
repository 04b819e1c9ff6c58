import { api, segment } from './client'

export interface Source {
  name: string
  kind: 'http' | 'sql' | 'mqtt' | 'folder' | 'ngsi-ld'
  dataset: string
  settings: Record<string, unknown>
  every_seconds: number
  state: 'active' | 'paused'
  failures: number
  fault: string | null
  fault_at: string | null
  succeeded_at: string | null
  due: string
  lag_seconds: number | null
  records: number
  waiting: number
}

const path = (name: string) => `/api/v1/sources/${segment(name)}`

export const listSources = async (signal: AbortSignal): Promise<Source[]> =>
  (await api.get<{ items: Source[] }>('/api/v1/sources', undefined, signal)).items
export const switchSource = (name: string, paused: boolean) => api.post<Source>(`${path(name)}/switch`, { paused })
export const runSource = (name: string) => api.post<Source>(`${path(name)}/run`)
export const removeSource = (name: string) => api.delete<void>(path(name))
export const putSource = (source: Pick<Source, 'name' | 'kind' | 'dataset' | 'settings' | 'every_seconds'>) =>
  api.put<Source>(path(source.name), source)
