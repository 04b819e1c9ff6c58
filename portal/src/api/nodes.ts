import { api, segment, type Page, type Query } from './client'
import type { Step } from './cases'
import type { ContractState, Usage } from './contracts'
import type { Answer, Application, Commitment, Effect, ShareType } from './sharing'
import type { Checked } from './referrals'
import type { Terms } from './terms'

export const levels = ['province', 'city', 'county', 'street', 'department', 'company'] as const
export type Level = (typeof levels)[number]

/** An entry of the catalogue over all levels. */
/** Whose the element is at that node; `source`: the entry of its source, where this one is not it. `standard`: its version. */
export interface ListedElement {
  code: string
  title_zh: string
  title_en: string
  lead: string
  is_source: boolean
  source: string | null
  standard: string | null
  since: string
}

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
  /** Empty where it has no such name, or a node of an older version told of it. */
  owner_en: string
  share_type: ShareType
  share_condition: string
  share_basis: string
  is_open: boolean
  update_cycle: string
  imported: string | null
  records: number
  score: number | null
  uses: number
  items: { name: string; label: string; type: string; share_type: ShareType | null; share_basis: string; element: ListedElement | null }[]
}

export interface ListedLine {
  entry: ListedEntry
  told_by: string
  /** The entry is of this node. */
  here: boolean
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
  /** The owner has corrected what was had since. */
  corrected: { version: number } | null
  fault: string | null
  created: string
  modified: string
  /** By the levels between, where the request goes by way of them. */
  checked: Checked | null
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

export const suites = ['ed25519', 'sm2'] as const

/** `name_en` is empty where there is none. */
export interface NodeNames {
  name: string
  name_en: string
}

/** Another node, or this one (`side` self). `waiting`: messages that have not reached it. */
export interface NodeView extends NodeNames {
  id: string
  level: Level
  region: string
  side: 'self' | 'above' | 'below' | 'beside' | 'listed'
  url: string | null
  state: 'trusted' | 'revoked'
  /** Fingerprints. */
  keys: string[]
  version: number
  skew_seconds: number | null
  seen: string | null
  fault: string | null
  waiting: number
  oldest: string | null
  last: string | null
  /** By way of which node requests go to it and come from it; '' is directly. */
  through: string
}

/** `sides`: how many of those that were asked for stand where. */
export interface NodePage extends Page<NodeView> {
  own: NodeView | null
  sides: Partial<Record<NodeView['side'], number>>
}

/** What stops once a node is not trusted any more. `asked` there and open, `answering` here for it. */
export interface Ties {
  waiting: number
  asked: number
  answering: number
  contracts: number
  cases: number
  bodies: number
  entries: number
}

/** One of what hangs on a node. `organisation`: whose it is, `since` when. */
export interface Tie {
  id: string
  dataset: string | null
  title: string | null
  organisation: string | null
  since: string | null
}

export interface NodeIdentity extends NodeNames {
  id: string
  level: Level
  region: string
  url: string | null
  suite: (typeof suites)[number]
}

export const messageStates = ['waiting', 'accepted', 'refused'] as const
export type MessageState = (typeof messageStates)[number]

export interface Message {
  direction: 'in' | 'out'
  id: string
  peer: string
  kind: string
  about: string
  number: number
  state: MessageState
  at: string
  done: string | null
  tries: number
  due: string | null
  fault: string | null
  receipt_hash: string | null
}

export interface Proven {
  message: string
  kind: string
  about: string
  sender: string
  receiver: string
  outcome: 'accepted' | 'refused'
  sent: string
  received: string
  payload: string
  receipt: string
  keys: string[]
  /** Sender and receiver sign with keys that this node knows. */
  known: boolean
}

const nodes = '/api/v1/nodes'
const node = (id: string) => `${nodes}/${segment(id)}`

/** By id. */
export const readNodeNames = (query: Query, signal: AbortSignal) => api.get<Record<string, NodeNames>>('/api/v1/cascade/nodes', query, signal)
export const listNodes = (query: Query, signal: AbortSignal) => api.get<NodePage>(nodes, query, signal)
export const initNode = (identity: NodeIdentity) => api.post<NodeView>(`${nodes}/self`, identity)
export const rotateKey = (suite: NodeIdentity['suite']) => api.post<NodeView>(`${nodes}/self/keys`, { suite })
export const inviteNode = (level: Level) => api.post<{ invitation: string }>(`${nodes}/invitations`, { level })
export const joinNode = (invitation: string) => api.post<NodeView>(`${nodes}/join`, { invitation })
export const readNodeList = (id: string, signal: AbortSignal) => api.get<NodeView[]>(`${node(id)}/list`, undefined, signal)
export const trustNode = (id: string, by: string) => api.post<NodeView>(`${node(id)}/trust?by=${segment(by)}`)
export const readTies = (id: string, signal: AbortSignal) => api.get<Ties>(`${node(id)}/ties`, undefined, signal)
export const listTied = (id: string, query: Query, signal: AbortSignal) => api.get<Page<Tie>>(`${node(id)}/tied`, query, signal)
export const revokeNode = (id: string) => api.delete<void>(node(id))
export const subscribeTo = (id: string, on: boolean) => api.put<void>(`${node(id)}/subscription`, { on })
export const listMessages = (query: Query, signal: AbortSignal) => api.get<Page<Message>>('/api/v1/messages', query, signal)
export const proofUrl = (id: string): string => `/api/v1/messages/proof?id=${segment(id)}`
