import { api, segment, type Page, type Query } from './client'

type Titles = Record<string, string>
export type Status = 'green' | 'yellow' | 'red' | 'none'

/** `value` null: no data. Shares (unit %) lie between 0 and 1. */
export interface Value {
  start: string
  end: string
  dimension: string
  key: string
  name: string
  value: number | null
  status: Status
  computed: string
  inputs_at: string | null
  stale: boolean
}

export interface Indicator {
  code: string
  titles: Titles
  about: Titles
  domain: string
  unit: string
  period: 'day' | 'week' | 'month' | 'quarter' | 'year'
  direction: 'up' | 'down' | 'none'
  thresholds: { green: number; yellow: number } | null
  owner: string
  freshness_hours: number
  sources: string[]
  dimensions: string[]
  formula: string
  version: number
  valid_from: string
  latest: Value | null
  previous: number | null
}

export interface IndicatorView extends Indicator {
  versions: { version: number; valid_from: string; published: string; publisher: string; formula: string }[]
  measures: { number: number; text: string; source: string }[]
  refers_to: string[]
}

/** A record behind a number. */
export interface Counted {
  id: string
  kind: 'case' | 'entity' | 'move' | 'row'
  title: string
  at: string | null
}

export interface CountedPage extends Page<Counted> {
  measure: string
  part: string
  total: number
}

/** Cases of one class that lie together; `repeats` began again within a month. */
export interface HotSpot {
  class: string
  title: string
  place: { lon: number; lat: number } | null
  cases: number
  repeats: number
  open: number
  first: string
  last: string
  ids: string[]
}

export interface UnmetNeeds {
  groups: { reason: 'not_accepted' | 'suspended' | 'unsolved' | 'overdue'; class: string | null; organisation: string | null; name: string; cases: number }[]
}

const path = '/api/v1/indicators'
const one = (code: string) => `${path}/${segment(code)}`

export const listIndicators = async (query: Query, signal: AbortSignal) => (await api.get<Page<Indicator>>(path, query, signal)).items
export async function readIndicator(code: string, signal: AbortSignal): Promise<IndicatorView> {
  const { indicator, ...rest } = await api.get<{ indicator: Indicator } & Pick<IndicatorView, 'versions' | 'measures' | 'refers_to'>>(one(code), undefined, signal)
  return { ...indicator, ...rest }
}
export const pageOfValues = (code: string, query: Query, signal: AbortSignal) => api.get<Page<Value>>(`${one(code)}/values`, query, signal)
export const readValues = async (code: string, query: Query, signal: AbortSignal) => (await pageOfValues(code, query, signal)).items
export const readCounted = (code: string, query: Query, signal: AbortSignal) => api.get<CountedPage>(`${one(code)}/records`, query, signal)
export const listHotSpots = async (query: Query, signal: AbortSignal) => (await api.get<{ items: HotSpot[] }>('/api/v1/hot-spots', query, signal)).items
export const readUnmetNeeds = (query: Query, signal: AbortSignal) => api.get<UnmetNeeds>('/api/v1/unmet-needs', query, signal)
