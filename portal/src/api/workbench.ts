import { api, reach, segment, type Page, type Query } from './client'
import type { Origin } from './contracts'

export interface TableColumn {
  name: string
  label: string
  type: string
  unit: string | null
  semantic: string | null
  masked: boolean
}

/** A dataset that may be queried, and by what right. */
export interface Table {
  name: string
  title: string
  by: 'office' | 'open' | 'contract'
  records: number
  columns: TableColumn[]
}

/** An algorithm that a query calls as a table; `tables` are queries in brackets, `values` are given by name. */
export interface TableFunction {
  name: string
  title: string
  tables: { name: string; columns: string[]; needed: boolean }[]
  values: string[]
  columns: string[]
}

export const marks = ['bar', 'line', 'scatter', 'pie'] as const
export type Mark = (typeof marks)[number]

/** Columns of the answer by their role; without `mark` there is no chart. */
export interface Chart {
  mark: Mark | null
  x: string
  y: string[]
}

export interface QueryDraft {
  name: string
  sql: string
  chart: Chart
  shared: boolean
}

export interface SavedQuery extends QueryDraft {
  id: string
  owner_name: string
  mine: boolean
  modified: string
}

export interface Answer {
  columns: { name: string; type: string }[]
  items: Record<string, unknown>[]
  origins: Origin[]
  /** The most rows that the answer could hold. */
  most: number | null
}

export type FileFormat = 'csv' | 'parquet' | 'json'

const path = '/api/v1/workbench'

export const listTables = (query: Query, signal: AbortSignal) => api.get<Page<Table>>(`${path}/tables`, query, signal)
export const listFunctions = async (signal: AbortSignal) => (await api.get<{ items: TableFunction[] }>(`${path}/functions`, {}, signal)).items
export const listSavedQueries = (query: Query, signal: AbortSignal) => api.get<Page<SavedQuery>>(`${path}/queries`, query, signal)
export const readSavedQuery = (id: string, signal: AbortSignal) => api.get<SavedQuery>(`${path}/queries/${segment(id)}`, undefined, signal)
export const keepQuery = (draft: QueryDraft) => api.post<SavedQuery>(`${path}/queries`, draft)
export const changeQuery = (id: string, draft: QueryDraft) => api.put<SavedQuery>(`${path}/queries/${segment(id)}`, draft)
export const dropQuery = (id: string) => api.delete<void>(`${path}/queries/${segment(id)}`)

export async function runQuery(sql: string, signal: AbortSignal): Promise<Answer> {
  const response = await asked(sql, 'json', signal)
  const most = Number(response.headers.get('X-Quanyu-Most-Rows'))
  return { ...((await response.json()) as Omit<Answer, 'most'>), most: most || null }
}

/** The whole answer as a file; in CSV, text that a spreadsheet would take for a formula stays text. */
export const takeAnswer = async (sql: string, format: FileFormat): Promise<Blob> => (await asked(sql, format)).blob()

const asked = (sql: string, format: FileFormat, signal?: AbortSignal): Promise<Response> =>
  reach(`${path}/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql, format }), signal })
