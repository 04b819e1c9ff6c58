import { address, api, segment, sendRaw, type Page, type Query, type TitledPage } from './client'
import type { Step } from './cases'
import type { Exhibit } from './exhibits'

/** An item of the catalogue that carries an element. */
export interface Carried {
  dataset: string
  item: string
}

/** 数据元, as a list shows it. `lead` and `beside` hold now. */
export interface Element {
  code: string
  title_zh: string
  title_en: string
  definition: string
  subject: string
  reason: string
  asked_by: string
  round: number
  state: string
  due: string | null
  outcome: string | null
  lead: string | null
  beside: string[]
  claims: number
  created: string
  modified: string
}

/** 认领. */
export interface Claim {
  round: number
  body: string
  items: Carried[]
  reason: string
  basis: string
  update_cycle: string
  coverage: string
  state: 'standing' | 'withdrawn' | 'source' | 'co_source' | 'not_chosen'
  at: string
}

/** 协商方案. */
export interface Accord {
  number: number
  lead: string
  beside: string[]
  note: string
  accepted: string[]
  state: 'open' | 'agreed' | 'superseded'
  at: string
}

export interface Source {
  version: number
  lead: string
  beside: string[]
  items: Carried[]
  way: 'undisputed' | 'agreed' | 'decided' | 'overturned'
  reason: string
  effective_from: string
  effective_to: string | null
}

export interface ElementView {
  element: Element
  source: Source | null
  history: Source[]
  claimants: string[]
  claims: Claim[]
  accords: Accord[]
  timeline: Step[]
  people: Record<string, string>
  titles: Record<string, string>
  /** By `dataset/item`. */
  labels: Record<string, string>
  body: string | null
  acts: string[]
}

export interface Wanted {
  code: string
  title_zh: string
  title_en: string
  definition: string
  subject: string
  reason: string
}

export interface Claiming {
  items: Carried[]
  reason: string
  basis: string
  update_cycle: string
  coverage: string
}

export interface Agreeing {
  lead: string
  beside: string[]
  note: string
}

export interface Deciding {
  act: string
  lead: string
  beside: string[]
  reason: string
  effective_from: string | null
}

/** 重复采集. */
export interface Copy extends Carried {
  element: string
  title_zh: string
  title_en: string
  body: string
  lead: string
  source: Carried | null
  request: string | null
  state: 'found' | 'explained'
  reason: string
  found: string
}

export interface CarriedElement {
  item: string
  element: string
  title_zh: string
  title_en: string
  lead: string
  is_source: boolean
  source: Carried | null
}

/** 定标. */
export interface Standard {
  version: string
  effective_from: string
  type: string
  length?: number | null
  unit?: string | null
  code_list?: string | null
  pattern?: string | null
  contact?: string
  source?: string
  aliases?: string[]
}

export interface Conformity {
  conforms: boolean
  conformity: { version: string; wanted: string; type: string; has_type: boolean; found: { rule: string; checked: number; broken: number }[] }
}

const path = '/api/v1/sharing/elements'
const copies = '/api/v1/sharing/copies'
const at = (code: string, part = '') => `${path}/${segment(code)}${part}`

export const listElements = (query: Query, signal: AbortSignal) => api.get<Page<Element>>(path, query, signal)
export const readElement = (code: string, signal: AbortSignal) => api.get<ElementView>(at(code), undefined, signal)
export const askForElement = (wanted: Wanted, key: string) => api.send<ElementView>(path, wanted, key)
export const claimElement = (code: string, claim: Claiming) => api.post<ElementView>(at(code, '/claims'), claim)
export const proposeAccord = (code: string, accord: Agreeing) => api.post<ElementView>(at(code, '/accords'), accord)
export const actOnElement = (code: string, act: string, reason: string) => api.post<ElementView>(at(code, '/acts'), { act, reason })
export const decideElement = (code: string, said: Deciding) => api.post<ElementView>(at(code, '/decision'), said)
export const readStandard = async (code: string, signal: AbortSignal) => (await api.get<{ standard: Standard | null }>(at(code, '/standard'), undefined, signal)).standard
export const setStandard = (code: string, said: Standard) => api.put<{ standard: Standard }>(at(code, '/standard'), said)
export const readConformity = (code: string, { dataset, item }: Carried, signal: AbortSignal) => api.get<Conformity>(at(code, '/conformity'), { dataset, item }, signal)
export const listCopies = (query: Query, signal: AbortSignal) => api.get<TitledPage<Copy>>(copies, query, signal)
export const judgeCopy = ({ element, dataset, item }: Copy, act: 'explain' | 'return', reason: string) => api.post<Copy>(`${copies}/acts`, { element, dataset, item, act, reason })
export const elementsOf = async (dataset: string, signal: AbortSignal) => (await api.get<{ items: CarriedElement[] }>(`/api/v1/sharing/datasets/${segment(dataset)}/elements`, undefined, signal)).items

/** 标准样例. `standard`: the version that it was attached to. */
export interface Sample extends Exhibit {
  standard: string
  at: string
}
export const mostSamples = 20
export const sampleUrl = (code: string, { id }: Sample) => at(code, `/samples/${id}`)
export const listSamples = async (code: string, signal: AbortSignal) => (await api.get<{ items: Sample[] }>(at(code, '/samples'), undefined, signal)).items
export const attachSample = (code: string, file: File) => sendRaw<Sample>(address(at(code, '/samples'), { name: file.name.slice(0, 200) }), file, file.type || 'application/octet-stream')
export const detachSample = (code: string, id: string) => api.delete<void>(at(code, `/samples/${id}`))
export const linkItem = (code: string, carried: Carried) => api.post<{ items: CarriedElement[] }>(at(code, '/links'), carried)
