import { api, segment, type Page, type Query } from './client'

/** One record as it is compared. */
export interface FusionRecord {
  dataset: string
  key: string
  name: string
  aliases: string[]
  longitude: number | null
  latitude: number | null
  phones: string[]
  code: string | null
  region: string | null
  observed: string | null
  values: Record<string, unknown>
}

/** What one comparison found and how much it speaks for (+) or against (−) the pair, in powers of two. */
export interface Compared {
  comparison: string
  level: string
  weight: number
}

export type CandidateState = 'open' | 'same' | 'different'

export interface Candidate {
  id: number
  job: string
  left: FusionRecord
  right: FusionRecord
  confidence: number
  compared: Compared[]
  state: CandidateState
  /** Why the pair was not merged by itself. */
  conflict: string | null
  decided_by: string | null
  decided_at: string | null
}

export interface ChosenValue {
  value: unknown
  dataset: string
  key: string
  rule: string
  others: [string, string, unknown][]
}

/** The merged thing: its records, and each attribute with whose value it is. */
export interface Golden {
  id: string
  job: string
  type: string
  version: number
  members: FusionRecord[]
  attributes: Record<string, ChosenValue>
  modified: string
}

export interface FusionJob {
  name: string
  body: { type: string }
  state: string
  modified: string
}

const path = '/api/v1/fusion'

export const listJobs = async (signal: AbortSignal): Promise<FusionJob[]> =>
  (await api.get<{ items: FusionJob[] }>(`${path}/jobs`, undefined, signal)).items
export const runJob = (name: string) => api.post<{ job: number }>(`${path}/jobs/${segment(name)}/run`)
export const listCandidates = (query: Query, signal: AbortSignal) => api.get<Page<Candidate>>(`${path}/candidates`, query, signal)
export const decideCandidate = (id: number, decision: 'same' | 'different') =>
  api.post<Candidate>(`${path}/candidates/${id}/decide`, { decision })
export const listGoldens = (query: Query, signal: AbortSignal) => api.get<Page<Golden>>(`${path}/entities`, query, signal)
export const undoMerge = (id: string) => api.post<Page<Golden>>(`${path}/entities/${segment(id)}/undo`)
