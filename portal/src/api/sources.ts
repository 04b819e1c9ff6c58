import { api, segment, type Page, type Query } from './client'

export interface Source {
  name: string
  kind: 'http' | 'sql' | 'mqtt' | 'jt808' | 'folder' | 'ngsi-ld'
  dataset: string
  settings: Record<string, unknown>
  every_seconds: number
  owner: string | null
  /** What its dataset is called, where the source makes it. */
  title: string | null
  /** refused: so much was refused that it stopped until a person decides. */
  state: 'active' | 'paused' | 'refused'
  failures: number
  fault: string | null
  fault_at: string | null
  succeeded_at: string | null
  due: string
  lag_seconds: number | null
  records: number
  waiting: number
  /** Deliveries that the import refused and that are kept aside. */
  refused: number
}

export interface Refusal {
  id: string
  refused: string
  fault: string | null
  bytes: number
  released: boolean
}

const path = (name: string) => `/api/v1/sources/${segment(name)}`

/** By name; `worst`: what fails first. */
export const listSources = (query: Query & { q?: string; worst?: boolean; after?: string; limit?: number }, signal: AbortSignal) =>
  api.get<Page<Source>>('/api/v1/sources', query, signal)
export const readSource = (name: string, signal: AbortSignal) => api.get<Source>(path(name), undefined, signal)
export const switchSource = (name: string, paused: boolean) => api.post<Source>(`${path(name)}/switch`, { paused })
export const runSource = (name: string) => api.post<Source>(`${path(name)}/run`)
export const listRefusals = async (name: string, signal: AbortSignal): Promise<Refusal[]> =>
  (await api.get<{ items: Refusal[] }>(`${path(name)}/refusals`, undefined, signal)).items
/** One delivery, or all of the source where `id` is null. */
export const releaseRefusals = (name: string, id: string | null = null) => api.post<{ count: number }>(`${path(name)}/refusals/release`, { id })
export const discardRefusals = (name: string, id: string | null = null) => api.post<{ count: number }>(`${path(name)}/refusals/discard`, { id })
export const removeSource = (name: string) => api.delete<void>(path(name))
export const putSource = (source: Pick<Source, 'name' | 'kind' | 'dataset' | 'title' | 'settings' | 'every_seconds'>) =>
  api.put<Source>(path(source.name), source)
