import { api, segment, type Page, type Query, type TitledPage } from './client'

export type Rule = 'ours' | 'theirs'

/** What goes back: each record names its key, and what it does not name stays as the owner has it. */
export interface Returned {
  records: Record<string, string>[]
  note: string
}

/** 回流 in a list: given back to a body of this node, or by one. `given`: how many records it holds; `taken`: how many went into the import. */
export interface ListedReturn {
  id: string
  contract: string
  dataset: string
  provider: string
  consumer: string
  given: number
  note: string
  state: 'waiting' | 'taken' | 'refused'
  taken: number
  reason: string
  created: string
  modified: string
}

export interface Return extends Omit<ListedReturn, 'given'>, Returned {
  rule: Rule | null
  import_id: string | null
}

/** Both have the record, and say something else of a field. */
export interface Difference {
  record: Record<string, string>
  field: string
  ours: string | null
  theirs: string | null
}

export type Standing = 'new' | 'same' | 'conflict'

/** `comparison`: for the owner, as long as nothing is decided; `standings` are those of the item's records, in their order. */
export interface ReturnView {
  item: Return
  entry_title: string
  comparison: { new: number; same: number; standings: Standing[]; differences: Difference[] } | null
  acts: ('take' | 'refuse')[]
}

/** Given back to another node, in a list; `shown` as it stands there, `fault` why it was refused there. */
export interface RemoteReturn {
  id: string
  node: string
  asked: string
  organisation: string
  dataset: string
  given: number
  note: string
  shown: { outcome: Return['state'] | null; taken: number; reason: string } | null
  fault: string | null
  created: string
}

export interface Decision {
  take: boolean
  rule?: Rule
  reason?: string
}

const returns = '/api/v1/sharing/returns'
const askedReturns = (asked: string) => `/api/v1/asked/${segment(asked)}/returns`

export const listReturns = (query: Query, signal: AbortSignal) => api.get<TitledPage<ListedReturn>>(returns, query, signal)
export const readReturn = (id: string, signal: AbortSignal) => api.get<ReturnView>(`${returns}/${segment(id)}`, undefined, signal)
export const decideReturn = (id: string, decision: Decision) => api.post<ReturnView>(`${returns}/${segment(id)}/decision`, decision)
export const giveBack = (contract: string, returned: Returned, key: string) => api.send<ReturnView>(`/api/v1/sharing/contracts/${segment(contract)}/returns`, returned, key)
export const listSentReturns = (query: Query, signal: AbortSignal) => api.get<Page<RemoteReturn>>('/api/v1/returned', query, signal)
export const listAskedReturns = (asked: string, signal: AbortSignal) => api.get<{ items: RemoteReturn[] }>(askedReturns(asked), undefined, signal)
export const giveBackAsked = (asked: string, returned: Returned) => api.post<Pick<RemoteReturn, 'id'>>(askedReturns(asked), returned)
