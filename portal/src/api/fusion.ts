import { api, segment, type Page, type Query } from './client'

export type MatchState = 'open' | 'same' | 'different' | 'undone'

export interface MatchField {
  name: string
  left: string | null
  right: string | null
  similarity: number | null
}

/** Two entities that may be the same thing. */
export interface Match {
  id: string
  type: string
  confidence: number
  state: MatchState
  left: { id: string; title: string; dataset: string }
  right: { id: string; title: string; dataset: string }
  fields: MatchField[]
  decided_by: string | null
  decided_at: string | null
}

const path = '/api/v1/fusion/matches'
const one = (id: string) => `${path}/${segment(id)}`

export const listMatches = (query: Query, signal: AbortSignal) => api.get<Page<Match>>(path, query, signal)
export const decideMatch = (id: string, same: boolean) => api.post<Match>(`${one(id)}/decide`, { same })
export const undoMatch = (id: string) => api.post<Match>(`${one(id)}/undo`)
