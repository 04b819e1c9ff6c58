import { api, segment, type Page, type Query } from './client'
import type { Step } from './cases'
import type { ContractState, Usage } from './contracts'
import type { Answer, Application, Commitment, Effect, ShareType } from './sharing'
import type { Terms } from './terms'

export const levels = ['province', 'city', 'county', 'department', 'company'] as const
export type Level = (typeof levels)[number]

/** An entry of the catalogue over all levels. */
export interface ListedEntry {
  id: string
  node: string
  level: Level
  region: string
  name: string
  version: number
  modified: string
  resource_code: string
  title: string
  abstract: string
  keywords: string[]
  owner: string
  share_type: ShareType
  share_condition: string
  share_basis: string
  is_open: boolean
  update_cycle: string
  imported: string | null
  records: number
  score: number | null
  uses: number
  items: { name: string; label: string; type: string; share_type: ShareType | null; share_basis: string }[]
}

export interface ListedLine {
  entry: ListedEntry
  told_by: string
}

/** A request of a body of this node to another one. `fault`: why that node refused what was said last. */
export interface Asked {
  id: string
  node: string
  organisation: string
  dataset: string
  title: string
  application: Application
  shown: AskedState | null
  fault: string | null
  created: string
  modified: string
}

/** As it stands at the node that answers. */
export interface AskedState {
  request: string
  provider: string
  state: string
  due: string | null
  outcome: string | null
  answer: Answer | null
  commitment: Commitment | null
  contract: { id: string; state: ContractState; version: number; terms: Terms | null; delete_by: string | null; usage: Usage } | null
  timeline: Step[]
  acts: string[]
}

export interface AskedAct {
  act: string
  reason?: string
  sm3?: string
  terms?: Terms
  effect?: Effect
  application?: Application
}

const asked = '/api/v1/asked'

export const findListed = (query: Query, signal: AbortSignal) => api.get<Page<ListedLine>>('/api/v1/cascade', query, signal)
export const readListedEntry = (node: string, name: string, signal: AbortSignal) =>
  api.get<ListedLine>(`/api/v1/cascade/${segment(node)}/${segment(name)}`, undefined, signal)
export const askNode = (node: string, application: Application) => api.post<Asked>(`/api/v1/nodes/${segment(node)}/requests`, application)
export const listAsked = (query: Query, signal: AbortSignal) => api.get<Page<Asked>>(asked, query, signal)
export const readAsked = (id: string, signal: AbortSignal) => api.get<Asked>(`${asked}/${segment(id)}`, undefined, signal)
export const actOnAsked = (id: string, act: AskedAct) => api.post<Asked>(`${asked}/${segment(id)}/acts`, act)
