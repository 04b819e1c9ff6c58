import { api, segment } from './client'

type Texts = Record<string, string>

export interface Pack {
  name: string
  origin: string
  state: 'on' | 'off' | 'broken'
  titles: Texts
  about: Texts
  version: string
  grade: string
  fault: string | null
  /** What its process last failed at since the pack was switched on. */
  trouble: { reason: 'late' | 'ended'; where: string; at: string } | null
  changed: string | null
  author: string | null
  brings: Record<string, number> | null
}

export interface Verdict {
  grade: string
  findings: { check: string; grade: string; where: string; message: string }[]
}

const path = (name: string) => `/api/v1/packs/${segment(name)}`

export const listPacks = async (signal: AbortSignal) => (await api.get<{ items: Pack[] }>('/api/v1/packs', {}, signal)).items
export const switchPack = (name: string, enabled: boolean) => api.put<Pack>(`${path(name)}/state`, { enabled })
export const checkPack = (name: string) => api.get<Verdict>(`${path(name)}/check`)

export interface Block {
  kind: 'table' | 'figures'
  route: string
  /** Where the rows lie in the answer; `items` unless said. */
  items?: string
  /** `a.b` is b within a. */
  columns?: string[]
  values?: string[]
  /** Above it, and what it means that a table is empty. */
  titles?: Texts
  none?: Texts
  /** By column the field with the id of a thing that it opens on the map. */
  links?: Record<string, string>
  /** `%` is a share, `s` seconds, anything else is written behind the number. */
  units?: Record<string, string>
}

export interface PackView {
  pack: string
  name: string
  kind: 'layer' | 'card' | 'page'
  titles: Texts
  /** `day`: a route that says with `last` which day is shown first. */
  body: { blocks?: Block[]; type?: string; day?: string }
}

export const listPackViews = (signal: AbortSignal) => api.get<{ items: PackView[]; messages: Record<string, string> }>('/api/v1/pack-views', {}, signal)
export const askBlock = (route: string, signal: AbortSignal) => api.get<Record<string, unknown>>(route, {}, signal)
