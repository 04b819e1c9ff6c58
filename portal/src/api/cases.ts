import { api, segment, type Page, type Query } from './client'
import type { CasePlace, Reporter } from './reports'

export interface Callback {
  valid: boolean
  contacted: boolean
  solved: boolean | null
  satisfaction: 'satisfied' | 'fairly' | 'dissatisfied' | null
  remark: string
}

export interface Case {
  id: string
  instance: string
  class: string | null
  channel: string
  title: string
  description: string
  address: string | null
  place: CasePlace | null
  component: string | null
  urgent: boolean
  state: string
  organisation: string | null
  /** The state that it is in. */
  entered: string | null
  due: string | null
  reported: string
  closed: string | null
  outcome: string | null
  merged_into: string | null
  callback: Callback | null
}

export interface Deadline {
  started: string
  amount: number
  unit: 'hours' | 'working_hours' | 'working_days'
  due: string | null
  stops?: { begin: string; end?: string | null }[]
  /** False: holidays are not published so far. */
  assured?: boolean
}

/** A side approval that somebody asked for and nobody has decided yet. */
export interface ApprovalRequest {
  approval: string
  by: string
  at: string
  reason: string
  amount: number | null
}

export interface Position {
  number: number
  state: string
  standing: 'active' | 'waiting' | 'arrived' | 'suspended' | 'called' | 'ended'
  entered: string
  branch: string
  organisation: string | null
  assignee: string | null
  deadline: Deadline | null
  request: ApprovalRequest | null
}

export interface Work {
  id: string
  definition: string
  version: number
  subject: string
  opened: string
  positions: Position[]
  steps: number
  closed: string | null
  outcome: string | null
}

export interface Step {
  number: number
  at: string
  actor: string
  act: string
  position: number
  origin: string
  target: string
  reason: string
  evidence: string[]
  due: string | null
}

/** Work with, by open position, the acts that the asker may do now. */
export interface WorkView {
  work: Work
  timeline: Step[]
  acts: Record<string, string[]>
  people?: Record<string, string>
}

export interface CaseView extends WorkView {
  case: Case
  reporter: Reporter | null
  people: Record<string, string>
  /** The acts that are refused until the case has its class. */
  unclassified?: string[]
}

export interface InboxItem {
  instance: string
  position: number
  definition: string
  subject: string
  state: string
  role: string
  organisation: string | null
  assignee: string | null
  standing: Position['standing']
  entered: string
  due: string | null
}

export interface Subject {
  title: string
  class: string | null
  address: string | null
  place: CasePlace | null
  urgent: boolean
}

export interface InboxPage extends Page<InboxItem> {
  subjects: Record<string, Subject>
}

export interface Task {
  name: string
  organisation: string | null
  after: string[]
  limit: number | null
}

export interface Act {
  name: string
  position: number
  reason?: string
  evidence?: string[]
  organisation?: string | null
  amount?: number
  tasks?: Task[]
}

/** One act on several cases; with `preview` nothing is written. */
export interface Several {
  cases: string[]
  act: Omit<Act, 'position'>
  preview: boolean
}

export interface Answers {
  items: { id: string; title: string; state: string | null; organisation: string | null; due: string | null; refusal: string | null }[]
  done: number
}

/** Open cases with a body (null: the desk, or all of them); `soon` are due within the hours asked for. */
export interface Burden {
  organisation: string | null
  open: number
  late: number
  soon: number
}

export interface Pressing extends Page<Case> {
  at: string
  bodies: Burden[]
  /** Each case once, also one that lies with several bodies. */
  whole: Burden
}

type Titles = Record<string, string>
type Limit = { amount: number; unit?: Deadline['unit'] }
export type Need = 'reason' | 'evidence' | 'organisation' | 'branches'

/** A workflow, as far as people see it; defaults are left out of the node's answer. */
export interface Definition {
  name: string
  version: number
  title: Titles
  states: { name: string; title: Titles; stage?: string; role?: string | null; limit?: Limit | null; limit_from?: string | null; final?: boolean; call?: unknown }[]
  actions: { name: string; title: Titles; from: string[]; roles: string[]; to?: string; task?: string; needs?: Need[]; assigns?: 'doer' | 'nobody'; counts?: string | null }[]
  approvals?: { name: string; kind: 'extend' | 'return' | 'suspend' | 'void'; title: Titles; grant: string[]; to?: string; most?: Limit; counts?: string | null }[]
}

const cases = '/api/v1/cases'
const one = (number: string) => `${cases}/${segment(number)}`
const definitions = '/api/v1/workflow/definitions'

export const readInbox = (query: Query, signal: AbortSignal) => api.get<InboxPage>('/api/v1/work', query, signal)
export const listCases = (query: Query, signal: AbortSignal) => api.get<Page<Case>>(cases, query, signal)
export const readCase = (number: string, signal: AbortSignal) => api.get<CaseView>(one(number), undefined, signal)
export const actOnCase = (number: string, act: Act, key: string) => api.send<CaseView>(`${one(number)}/acts`, act, key)
export const actOnCases = (wanted: Several, key: string) => api.send<Answers>(`${cases}/acts`, wanted, key)
export const readPressing = (query: Query, signal: AbortSignal) => api.get<Pressing>(`${cases}/pressing`, query, signal)
export const classifyCase = (number: string, category: string, key: string) => api.put<Case>(`${one(number)}/class`, { class: category }, key)
export const callBack = (number: string, callback: Callback, key: string) => api.send<Case>(`${one(number)}/callback`, callback, key)
export const mergeCase = (number: string, into: string, key: string) => api.send<Case>(`${one(number)}/merge`, { into }, key)
export const readWork = (id: string, signal: AbortSignal) => api.get<WorkView>(`/api/v1/work/${segment(id)}`, undefined, signal)
/** Work of the inbox by instance, at most `viewsAtOnce`; what is not the asker's to see is left out. */
export const viewsAtOnce = 50
export const readViews = (work: string[], signal: AbortSignal) =>
  api.ask<{ cases: Record<string, CaseView>; work: Record<string, WorkView> }>('/api/v1/work/views', { work }, signal)
export const actOnWork = (id: string, act: Act, key: string) => api.send<WorkView>(`/api/v1/work/${segment(id)}/acts`, act, key)
export const readDefinition = (name: string, version: number | undefined, signal: AbortSignal) =>
  api.get<Definition>(`${definitions}/${segment(name)}`, { version }, signal)
export const diagramAddress = (name: string, version: number, language: string): string =>
  `${definitions}/${segment(name)}/diagram.svg?version=${version}&language=${language}`
