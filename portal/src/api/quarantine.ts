import { api, segment, type Page, type Query } from './client'

export type RowState = 'open' | 'mended' | 'released' | 'dismissed' | 'superseded'
export const rowStates: readonly RowState[] = ['open', 'mended', 'released', 'dismissed', 'superseded']

export interface RowFault {
  rule: string
  columns: string[]
  reason: string
  value: string | null
  proposal: string | null
  message: string
}

/** A refused record as it was read, with its edits laid over it. */
export interface QuarantinedRow {
  import_id: string
  row: number
  state: RowState
  file: string
  line: number | null
  values: Record<string, string | null>
  edits: Record<string, string | null>
  faults: RowFault[]
  version: number
  reason: string
  actor: string | null
  at: string | null
}

export interface RuleCount {
  rule: string
  title_zh: string
  title_en: string
  rows: number
  proposals: number
}

export interface RowId {
  import_id: string
  row: number
}

/** Those listed, or all open and mended ones that match; `import_id`: of those that came with it. */
export interface Select {
  rows?: RowId[]
  import_id?: string | null
  rule?: string | null
  query?: string
}

export const fixKinds = ['proposal', 'set', 'clear', 'trim', 'replace', 'pattern', 'prefix', 'pad', 'copy', 'swap'] as const
export type FixKind = (typeof fixKinds)[number]

export interface BulkFix {
  select: Select
  kind: FixKind
  column: string
  value: string
  find: string
  width: number
  source: string
}

export interface BulkOutcome {
  matched: number
  changed: number
  shown: { import_id: string; row: number; line: number | null; before: string | null; after: string | null }[]
  applied: boolean
}

export interface Outcome {
  done: number
  remaining: number
  rows: QuarantinedRow[]
}

/** `rules` and `states` count all rows of the dataset, or of the `import`, whatever else is asked for. */
export interface QuarantinePage extends Page<QuarantinedRow> {
  rules: RuleCount[]
  states: Partial<Record<RowState, number>>
}

const path = (dataset: string) => `/api/v1/datasets/${segment(dataset)}/quarantine`

export const listRows = (dataset: string, query: Query, signal: AbortSignal) =>
  api.get<QuarantinePage>(path(dataset), query, signal)
export const mendRow = (dataset: string, { import_id, row, version }: QuarantinedRow, edits: Record<string, string | null>) =>
  api.patch<QuarantinedRow>(`${path(dataset)}/${segment(import_id)}/${row}`, { edits, version })
export const previewFix = (dataset: string, fix: BulkFix) => api.post<BulkOutcome>(`${path(dataset)}/rules?preview=true`, fix)
export const applyFix = (dataset: string, fix: BulkFix) => api.post<BulkOutcome>(`${path(dataset)}/rules?preview=false`, fix)
export const releaseRows = (dataset: string, select: Select, reason = '') =>
  api.post<Outcome>(`${path(dataset)}/release`, { select, accept: reason !== '', reason })
export const dismissRows = (dataset: string, select: Select, reason: string) =>
  api.post<Outcome>(`${path(dataset)}/dismiss`, { select, reason })
