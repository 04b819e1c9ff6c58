import { api, segment, type Page, type Query } from './client'
import type { Step } from './cases'

/** 异议. */
export interface Dispute {
  id: string
  dataset: string
  dataset_version: number
  provider: string
  consumer: string
  contract: string | null
  record: Record<string, string>
  field: string
  current: string | null
  claimed: string | null
  evidence: string
  state: string
  due: string | null
  answer: string
  outcome: string | null
  corrected_version: number | null
  author: string
  created: string
  modified: string
}

/** A body that was given the wrong value. */
export interface Reached {
  organisation: string
  contracts: string[]
  told: string | null
  read: string | null
}

export interface DisputeView {
  dispute: Dispute
  timeline: Step[]
  people: Record<string, string>
  reach: Reached[]
  acts: string[]
}

export interface Objection {
  contract: string
  record: Record<string, string>
  field: string
  claimed: string
  evidence: string
}

const disputes = '/api/v1/sharing/disputes'

export const listDisputes = (query: Query, signal: AbortSignal) => api.get<Page<Dispute>>(disputes, query, signal)
export const readDispute = (id: string, signal: AbortSignal) => api.get<DisputeView>(`${disputes}/${segment(id)}`, undefined, signal)
export const raiseDispute = (objection: Objection, key: string) => api.send<DisputeView>(disputes, objection, key)
export const actOnDispute = (id: string, act: string, reason: string) => api.post<DisputeView>(`${disputes}/${segment(id)}/acts`, { act, reason })
