import { api, segment, type Page, type Query, type TitledPage } from './client'
import type { Party } from './sharing'
import type { Terms } from './terms'

export const contractStates = ['offered', 'active', 'suspended', 'terminated', 'expired'] as const
export type ContractState = (typeof contractStates)[number]

export interface Contract {
  id: string
  dataset: string
  provider: string
  consumer: Party
  state: ContractState
  /** 0, and no terms, as long as nothing is agreed. */
  version: number
  terms: Terms | null
  created: string
  modified: string
  request: string | null
  reason: string
  delete_by: string | null
  deleted: string | null
}

export interface ContractVersion {
  version: number
  terms: Terms
  hash: string
  state: 'proposed' | 'accepted' | 'refused' | 'superseded'
  proposed_by: string
  author: string
  at: string
  decided_by: string | null
  decided_at: string | null
  reason: string
}

export interface Usage {
  calls: number
  refused: number
  rows: number
  bytes: number
  epsilon: number
  last: string | null
}

export interface ContractView {
  contract: Contract
  entry_title: string
  labels: Record<string, string>
  people: Record<string, string>
  usage: Usage
  versions: ContractVersion[]
  sides: ('provider' | 'consumer')[]
}

/** `usage` by the id of the contract, `titles` by the name of the dataset. */
export interface ContractPage extends Page<Contract> {
  usage: Record<string, Usage>
  titles: Record<string, string>
}

/** A line of the ledger. */
export interface Call {
  contract: string
  id: string
  at: string
  actor: string
  actor_name: string
  consumer: string
  purpose: string
  way: string
  query: string
  format: string
  dataset_version: number | null
  state: 'open' | 'done' | 'cut' | 'failed'
  rows: number
  bytes: number
  hash: string | null
  finished: string | null
}

export interface Day {
  day: string
  calls: number
  rows: number
  bytes: number
}

/** Who used a dataset of ours for what. */
export interface User {
  dataset: string
  provider: string
  consumer: string
  consumer_node: string
  actor: string
  actor_name: string
  purpose: string
  calls: number
  rows: number
  bytes: number
  last: string
}

/** The first page says what all of them come to, and by what the list may be narrowed. */
export interface UserPage extends Omit<TitledPage<User>, 'total'> {
  total: { calls: number; rows: number; bytes: number } | null
  among: { datasets: string[]; consumers: Party[] } | null
}

export type Row = Record<string, unknown>

/** Of an answer: a dataset, the body that gives it, its version, and since when it is so (not known of one passed meanwhile). */
export interface Origin {
  dataset: string
  owner: string | null
  version: number
  as_of: string | null
}

export interface Records extends Page<Row> {
  origins: Origin[]
}

const contracts = '/api/v1/sharing/contracts'
export const contractUrl = (id: string) => `${contracts}/${segment(id)}`

export const listContracts = (query: Query, signal: AbortSignal) => api.get<ContractPage>(contracts, query, signal)
export const readContract = (id: string, signal: AbortSignal) => api.get<ContractView>(contractUrl(id), undefined, signal)
export const listCalls = (id: string, query: Query, signal: AbortSignal) => api.get<Page<Call>>(`${contractUrl(id)}/calls`, { ...query, limit: 50 }, signal)
export const listDays = (id: string, signal: AbortSignal) => api.get<{ items: Day[] }>(`${contractUrl(id)}/days`, undefined, signal)
export const readOdrl = (id: string, signal: AbortSignal) => api.get<Record<string, unknown>>(`${contractUrl(id)}/odrl`, undefined, signal)
export const stateContract = (id: string, to: 'active' | 'suspended' | 'terminated', reason: string) =>
  api.post<ContractView>(`${contractUrl(id)}/state`, { to, reason })
export const proposeTerms = (id: string, terms: Terms, reason: string) => api.post<ContractView>(`${contractUrl(id)}/proposals`, { terms, reason })
export const decideProposal = (id: string, { version, hash }: ContractVersion, accept: boolean, reason: string) =>
  api.post<ContractView>(`${contractUrl(id)}/proposals/${version}`, { accept, hash, reason })
export const confirmDeletion = (id: string) => api.post<ContractView>(`${contractUrl(id)}/deletion`)
/** A call like any other: it is counted. */
export const readRecords = (id: string, query: Query) => api.get<Records>(`${contractUrl(id)}/records`, query)
export const listUsers = (query: Query, signal: AbortSignal) => api.get<UserPage>('/api/v1/sharing/users', query, signal)
export const listUses = (query: Query, signal: AbortSignal) => api.get<Page<Call>>('/api/v1/sharing/uses', query, signal)

/** What a body gave and got in the last year. */
export interface Balance {
  organisation: string
  given_calls: number
  given_rows: number
  taken_calls: number
  taken_rows: number
  given_datasets: number
  taken_datasets: number
  partners: number
}

/** What the balance counts: which data went from whom to whom. */
export interface LinkLine {
  provider: string
  consumer: string
  dataset: string
  calls: number
  rows: number
  last: string
}

/** `index`: links over all that are possible between the bodies. */
export interface BalanceSheet {
  /** The bodies whose links may be seen; null is all. */
  own: string[] | null
  bodies: Balance[]
  months: { month: string; bodies: number; links: number; index: number }[]
}

export const listLinks = (month: string, signal: AbortSignal) => api.get<{ items: LinkLine[]; titles: Record<string, string> }>('/api/v1/sharing/links', { month }, signal)
export const listLinkCalls = (query: Query, signal: AbortSignal) => api.get<Page<Call>>('/api/v1/sharing/links/calls', query, signal)
export const readBalance = (signal: AbortSignal) => api.get<BalanceSheet>('/api/v1/sharing/balance', undefined, signal)
