import type { CarriedElement } from './elements'
import { api, segment, type Page, type Query, type TitledPage } from './client'
import type { Step } from './cases'
import type { Condition, Rate, Terms, Way } from './terms'

export interface Party {
  organisation: string
  /** '' is this node. */
  node: string
}

/** How lists and notices call a party: `body`, or `body@node` of another node. */
export const deskOf = ({ organisation, node }: Party): string => (node ? `${organisation}@${node}` : organisation)

export interface Person {
  name?: string
  post?: string
  phone?: string
  email?: string
}

/** 共享申请. */
export interface Application {
  dataset: string
  title: string
  items: { name: string; condition?: string }[]
  purpose: string
  basis: string
  starts: string
  ends: string
  description?: string
  scenario?: string
  system?: string
  expected?: string
  organisation?: string | null
  contact?: Person
  leader?: Person
  steward?: Person
  operator?: Person
  ways?: Way[]
  rate?: Rate | null
  calls?: number | null
  where?: Condition[]
}

export interface ItemAnswer {
  name: string
  granted: boolean
  reason?: string
  basis?: string
}

export interface Answer {
  items: ItemAnswer[]
  terms?: Terms | null
  note?: string
}

export interface Commitment {
  text: string
  hash: string
  version: number
  signed_by: string
  signer: string
  at: string
}

/** 成效反馈. */
export interface Effect {
  text: string
  figures?: Record<string, number>
  /** Of figures, by their names. */
  units?: Record<string, string>
  rating?: number | null
}

export type ShareType = 1 | 2 | 3

/** As a list shows it. `holder` is the body whose move it is, null the authority. */
export interface ShareRequest {
  id: string
  dataset: string
  title: string
  consumer: Party
  provider: string
  state: string
  holder: string | null
  due: string | null
  outcome: string | null
  contract: string | null
  author: string
  created: string
  modified: string
}

/** 转报: which level has checked a request and passed it on, and what it said. */
export interface Referred {
  node: string
  person: string
  opinion: string
  at: string
}

export interface RequestView {
  /** Which node has checked the request and passed it on. */
  /** By which levels it has come, in turn. */
  referred: Referred[]
  request: ShareRequest
  entry_title: string
  labels: Record<string, string>
  application: Application
  answer: Answer | null
  commitment: Commitment | null
  effect: Effect | null
  share_types: Record<string, ShareType>
  /** Carried by items that are asked for, each with its settled source. */
  elements: CarriedElement[]
  timeline: Step[]
  people: Record<string, string>
  acts: string[]
}

export interface Limit {
  amount: number
  unit?: 'hours' | 'working_hours' | 'working_days'
}

/** A way of work as the city has published it. */
export interface ToldWay {
  version: number
  states: { name: string; title: Record<string, string>; stage: string; limit: Limit | null; final: boolean }[]
  acts: { name: string; title: Record<string, string>; side: string; needs_reason: boolean; to: string | null }[]
}

export interface Steps {
  request: ToldWay
  dispute: ToldWay
  referral: ToldWay
  element: ToldWay
  /** The provider's time for data that must first be published. */
  unpublished: Limit
}

export interface Notice {
  id: number
  organisation: string
  kind: string
  about: string
  dataset: string
  body: Record<string, unknown>
  at: string
  read_at: string | null
}

export interface ToldEffect {
  id: string
  consumer: string
  title: string
  effect: Effect
  /** For whoever may look at it. */
  contract: string | null
  at: string
}

const requests = '/api/v1/sharing/requests'
const one = (id: string) => `${requests}/${segment(id)}`

export const readSteps = (signal: AbortSignal) => api.get<Steps>('/api/v1/sharing/steps', undefined, signal)
export const listRequests = (query: Query, signal: AbortSignal) => api.get<Page<ShareRequest>>(requests, query, signal)
export const readRequest = (id: string, signal: AbortSignal) => api.get<RequestView>(one(id), undefined, signal)
export const submitRequest = (application: Application, key: string) => api.send<RequestView>(requests, application, key)
export const resubmitRequest = (id: string, application: Application) => api.put<RequestView>(one(id), application)
export const actOnRequest = (id: string, act: string, reason: string) => api.post<RequestView>(`${one(id)}/acts`, { act, reason })
export const authoriseRequest = (id: string) => api.post<RequestView>(`${one(id)}/authorisation`)
export const readDraftTerms = (id: string, items: string[], signal: AbortSignal) =>
  api.get<Terms>(`${one(id)}/draft-terms${items.length ? `?${new URLSearchParams(items.map((item) => ['item', item]))}` : ''}`, undefined, signal)
export const answerRequest = (id: string, answer: Answer) => api.post<RequestView>(`${one(id)}/answer`, answer)
export const counterRequest = (id: string, terms: Terms, reason: string) => api.post<RequestView>(`${one(id)}/counter`, { terms, reason })
export const readCommitment = (id: string, language: string, signal: AbortSignal) =>
  api.get<Commitment>(`${one(id)}/commitment`, { language }, signal)
export const signRequest = (id: string, sm3: string, language: string) => api.post<RequestView>(`${one(id)}/signature`, { sm3, language })
export const reportEffect = (id: string, effect: Effect) => api.post<RequestView>(`${one(id)}/effect`, effect)
export const listEffects = (dataset: string, after: string | undefined, signal: AbortSignal) =>
  api.get<Page<ToldEffect>>(`/api/v1/catalogue/${segment(dataset)}/effects`, { after }, signal)
export const listNotices = (query: Query, signal: AbortSignal) => api.get<TitledPage<Notice>>('/api/v1/sharing/notices', query, signal)
export const readNotice = (id: number) => api.post<void>(`/api/v1/sharing/notices/${id}/read`)
