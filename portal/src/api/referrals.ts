import { api, segment, type Page, type Query } from './client'
import type { Step } from './cases'
import type { Answer, Application } from './sharing'

/** 转报: a request of another node that goes on from here. `peer` asks, `owner` is the node whose data it is. */
export interface Referral {
  id: string
  peer: string
  owner: string
  organisation: string
  dataset: string
  title: string
  state: string
  due: string | null
  outcome: string | null
  opinion: string
  created: string
}

export interface ReferralView {
  referral: Referral
  application: Application
  timeline: Step[]
  people: Record<string, string>
  acts: ReferralAct[]
  /** As it stands with the owner since it has gone on. */
  onward: { request: string; state: string; due: string | null; outcome: string | null; answer: Answer | null; contract: string | null; timeline: Step[] } | null
  /** Why the owner's node did not take it. */
  fault: string | null
}

/** As the asking node is told of it. */
export interface ReferralShown {
  referral: string
  state: string
  due: string | null
  outcome: string | null
  opinion: string
  fault: string | null
  acts: string[]
}

export type ReferralAct = 'pass_on' | 'reject'

const referrals = '/api/v1/sharing/referrals'

export const listReferrals = (query: Query, signal: AbortSignal) => api.get<Page<Referral>>(referrals, query, signal)
export const readReferral = (id: string, signal: AbortSignal) => api.get<ReferralView>(`${referrals}/${segment(id)}`, undefined, signal)
export const decideReferral = (id: string, act: ReferralAct, reason: string) => api.post<ReferralView>(`${referrals}/${segment(id)}/decision`, { act, reason })
