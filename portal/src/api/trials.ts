import { api, segment, type Page, type Query } from './client'

/** 可用不可见: what was run on data that stays with its owner, and whether what came of it may leave. */
export type TrialState = 'waiting' | 'held' | 'released' | 'withheld'

export interface Trial {
  id: string
  contract: string
  query: string
  algorithm: string
  purpose: string
  state: TrialState
  faults: { key: string; values: Record<string, unknown> }[]
  columns: string[]
  rows: number
  actor: string
  actor_name: string
  at: string
  /** For the owner, and for the consumer once it is released. */
  result: unknown
  decided_at: string | null
  reason: string
  taken_at: string | null
}

export interface WantedTrial {
  sql: string
  purpose: string
  algorithm?: string
  into?: string
}

const trials = '/api/v1/sharing/trials'

export const listTrials = (query: Query, signal: AbortSignal) => api.get<Page<Trial>>(trials, query, signal)
export const readTrial = (id: string, signal: AbortSignal) => api.get<Trial>(`${trials}/${segment(id)}`, undefined, signal)
export const runTrial = (contract: string, wanted: WantedTrial) => api.post<Trial>(`/api/v1/sharing/contracts/${segment(contract)}/trials`, wanted)
export const decideTrial = (id: string, release: boolean, reason: string) => api.post<Trial>(`${trials}/${segment(id)}/release`, { release, reason })
export const takeResult = (id: string) => api.get<{ result: unknown }>(`${trials}/${segment(id)}/result`)
