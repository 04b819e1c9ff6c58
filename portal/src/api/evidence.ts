import { api, type Page, type Query } from './client'

export type EvidenceOutcome = 'allowed' | 'denied' | 'done' | 'failed'

/** `reason` is a message key, `explanation` its text. */
export interface EvidenceEntry {
  seq: number
  at: string
  actor: string
  actor_name: string
  action: string
  kind: string
  resource: string
  outcome: EvidenceOutcome
  reason: string
  explanation: string
  detail: Record<string, unknown>
  hash: string
}

export interface Verification {
  whole: boolean
  entries: number
  roots: number
  head: string
  pending: number
  fault: { reason: string; seq: number | null; block: number | null; message: string } | null
}

export const listEvidence = (query: Query, signal: AbortSignal) => api.get<Page<EvidenceEntry>>('/api/v1/evidence', query, signal)
export const verifyEvidence = () => api.post<Verification>('/api/v1/evidence/verify')
