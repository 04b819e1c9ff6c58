import { api, segment, type Page, type Query } from './client'
import type { Step } from './cases'
import type { Answer, Application, Referred } from './sharing'

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
  /** As the asker's catalogue calls the entry and its items: this node need not have it in its own. */
  entry: { title: string; labels: Record<string, string> }
  application: Application
  /** What the levels before have said of it. */
  passed: Referred[]
  timeline: Step[]
  people: Record<string, string>
  acts: ReferralAct[]
  /** As it stands with the level after this one. */
  beyond: Checked | null
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
  beyond: Checked | null
}

/** The part of the way through one level, and why that level did not take it. */
export interface Checked {
  node: string
  shown: ReferralShown | null
  fault: string | null
}

/** Each level's, from the nearest on. */
export const levelsOf = (check: Checked | null | undefined): Checked[] => (check ? [check, ...levelsOf(check.shown?.beyond)] : [])

/** As it stands with the last level that has taken it, and why one of them or the owner has not. */
export const levelNow = (check: Checked | null | undefined) => levelsOf(check).map((one) => one.shown).filter((one) => one !== null).at(-1)
export const levelFault = (check: Checked | null | undefined) => levelsOf(check).map((one) => one.fault ?? one.shown?.fault).find(Boolean) ?? undefined

export type ReferralAct = 'pass_on' | 'reject'

const referrals = '/api/v1/sharing/referrals'

export const listReferrals = (query: Query, signal: AbortSignal) => api.get<Page<Referral>>(referrals, query, signal)
export const readReferral = (id: string, signal: AbortSignal) => api.get<ReferralView>(`${referrals}/${segment(id)}`, undefined, signal)
export const decideReferral = (id: string, act: ReferralAct, reason: string) => api.post<ReferralView>(`${referrals}/${segment(id)}/decision`, { act, reason })
