import { api, segment, type Query, type TitledPage } from './client'
import type { Step } from './cases'
import type { Exhibit } from './exhibits'

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
  exhibits: Exhibit[]
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
  entry_title: string
  timeline: Step[]
  people: Record<string, string>
  reach: Reached[]
  acts: string[]
}

export interface Doubt {
  record: Record<string, string>
  field: string
  claimed: string
  evidence: string
  exhibits: { id: string; name: string }[]
}

export interface Objection extends Doubt {
  contract: string
}

/** Of data that came from another node; `shown` as it stands there, `fault` why it was refused there. */
export interface RemoteDispute {
  id: string
  record: Record<string, string>
  field: string
  current: string | null
  claimed: string
  evidence: string
  exhibits: Exhibit[]
  shown: { state: string; due: string | null; outcome: string | null; answer: string; acts: string[] } | null
  fault: string | null
  created: string
}

const disputes = '/api/v1/sharing/disputes'

export const listDisputes = (query: Query, signal: AbortSignal) => api.get<TitledPage<Dispute>>(disputes, query, signal)
export const readDispute = (id: string, signal: AbortSignal) => api.get<DisputeView>(`${disputes}/${segment(id)}`, undefined, signal)
export const raiseDispute = (objection: Objection, key: string) => api.send<DisputeView>(disputes, objection, key)
export const actOnDispute = (id: string, act: string, reason: string) => api.post<DisputeView>(`${disputes}/${segment(id)}/acts`, { act, reason })

const askedDisputes = (asked: string) => `/api/v1/asked/${segment(asked)}/disputes`

export const listAskedDisputes = (asked: string, signal: AbortSignal) => api.get<{ items: RemoteDispute[] }>(askedDisputes(asked), undefined, signal)
export const disputeAsked = (asked: string, doubt: Doubt) => api.post<RemoteDispute>(askedDisputes(asked), doubt)
export const actOnAskedDispute = (asked: string, id: string, act: string, reason: string) => api.post<RemoteDispute>(`${askedDisputes(asked)}/${segment(id)}/acts`, { act, reason })
