import { address, api, segment, type Page, type Query } from './client'
import type { Callback } from './cases'

export const parts = ['solved', 'satisfied', 'used', 'quality'] as const
export type Part = (typeof parts)[number]

export interface Band {
  least: number
  grade: string
  factor: number | null
}

/** Shares from 0 to 1; null where there is nothing to divide by. */
interface Rates {
  response: number | null
  solution: number | null
  satisfaction: number | null
  composite: number | null
  on_time: number | null
  rework: number | null
}

/** `system` is empty where the budget is not given by system. */
export interface ScoreLine {
  organisation: string
  system: string
  tally: { cases: number; solved: number; calls: number; handled: number; on_time: number }
  rates: Rates
  score: { parts: Record<Part, number | null>; weights: Partial<Record<Part, number>>; points: number | null; band: Band | null }
  budget: number | null
  proposed: number | null
}

export interface ScoreSheet {
  start: string
  end: string
  policy: { few: number; bands: Band[]; weights: Record<Part, number> }
  lines: ScoreLine[]
}

/** A case behind a line, as it was counted. */
export interface JudgedCase {
  id: string
  weight: number
  callback: Callback | null
  late: boolean
  reworks: number
  state: string
}

/** From a moment until before another, with the time zone. */
export interface Period {
  from: string
  until: string
}

/** What a body, or one of its systems, has in a year; `used` and `quality` from 0 to 1. */
export interface Budget {
  organisation: string
  system: string
  year: number
  amount: number
  used: number | null
  quality: number | null
}

export const boardsBy = ['department', 'area', 'street', 'class', 'post', 'person'] as const
export type BoardBy = (typeof boardsBy)[number]

export interface Board {
  by: BoardBy
  start: string
  end: string
  /** When the newest of what it was counted from was written. */
  at: string | null
  sources: string[]
  columns: { code: string; titles: Record<string, string>; unit: string }[]
  rows: BoardRow[]
  next: string | null
  /** Of all that were asked for. */
  total: number
}

export interface BoardRow {
  key: string
  name: string
  score: number | null
  grade: string | null
  values: Record<string, number | null>
}

const path = '/api/v1/scores'
const given = (period: Period) => ({ ...period })

export const readBoard = (by: BoardBy, query: Query & { start: string; q?: string; after?: string; limit?: number }, signal: AbortSignal) =>
  api.get<Board>(`/api/v1/boards/${by}`, query, signal)
export const listBudgets = async (year: number, signal: AbortSignal) => (await api.get<{ items: Budget[] }>('/api/v1/budgets', { year }, signal)).items
export const putBudgets = (rows: Budget[]) => api.put<void>('/api/v1/budgets', rows)
export const readScores = (period: Period, signal: AbortSignal) => api.get<ScoreSheet>(path, given(period), signal)
export const simulateScores = (period: Period, without: string[]) => api.post<ScoreSheet>(address(`${path}/simulation`, given(period)), { cases: without })
export const listJudged = (organisation: string, period: Period, after: string | undefined, signal: AbortSignal) =>
  api.get<Page<JudgedCase>>(`${path}/${segment(organisation)}/cases`, { ...given(period), after }, signal)
export const workbookAddress = (period: Period, language: string): string => address('/api/v1/scores.xlsx', { ...period, language })
