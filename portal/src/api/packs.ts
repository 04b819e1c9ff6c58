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
