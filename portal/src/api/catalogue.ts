import { api, segment, type Page, type Query } from './client'
import type { ColumnProfile } from './profile'

export type Grade = 'general_1' | 'general_2' | 'general_3' | 'general_4' | 'important' | 'core'
export const grades: readonly Grade[] = ['general_1', 'general_2', 'general_3', 'general_4', 'important', 'core']
export const updateCycles = [
  'real_time',
  'daily',
  'weekly',
  'monthly',
  'quarterly',
  'half_yearly',
  'yearly',
  'irregular',
  'other',
] as const

export interface DataItem {
  name: string
  label: string
  type: string
  length: number | null
  unit: string | null
  description: string
  /** Without one of its own, as the whole entry. */
  share_type: 1 | 2 | 3 | null
  share_condition: string
  share_basis: string
  grade: Grade | null
  semantic: string | null
  /** The data element that it carries. */
  element: string | null
}

export interface Description {
  title: string
  alias: string
  abstract: string
  organisation: string | null
  organisation_name: string
  region: string | null
  share_type: 1 | 2 | 3
  share_condition: string
  share_basis: string
  is_open: boolean
  open_condition: string
  update_cycle: (typeof updateCycles)[number]
  resource_kind: 'table' | 'api' | 'file'
  classification: string
  service_field: string
  keywords: string[]
  themes: string[]
  format: string
  licence: string
  period: { start: string | null; end: string | null }
  contact: { name: string; phone: string; email: string }
  items: DataItem[]
}

export interface Facts {
  records: number
  quarantined: number
  score: number | null
  grade: Grade | null
  grade_confirmed: boolean
  model: string | null
  bytes: number
  import_id: string | null
  imported: string | null
  box: [number, number, number, number] | null
}

export interface Entry {
  name: string
  resource_code: string
  state: 'draft' | 'published' | 'offline'
  version: number
  description: Description
  facts: Facts
  created: string
  modified: string
  published: string | null
}

/** Published, whatever the warnings say. `where` is a JSON pointer into the description. */
export interface PublishedEntry extends Entry {
  warnings: { where: string; message: string }[]
}

export interface EntryPage {
  /** Below its gate: published, but not shared until it reaches it. */
  paused: boolean
  region_name: string
  /** In the reader's language, where it has a name in it. */
  organisation_name: string
  entry: Entry
  profile: ColumnProfile[]
  usage: { views: number; downloads: number; calls: number }
}

export interface FoundContent {
  kind: string
  found: number
  looked: number
  confidence: number
  personal: boolean
  sensitive: boolean
}

export interface Grading {
  grade: Grade
  columns: { name: string; label: string; grade: Grade; found: FoundContent[]; confirmed: boolean }[]
  inherited: Grade | null
  confirmed: boolean
  reason: string | null
  decided_by: string | null
}

export interface LineageNode {
  kind: 'source' | 'file' | 'import' | 'dataset' | 'entity_type' | 'derived' | 'export'
  id: string
}

export interface LineageEdge {
  origin: LineageNode
  target: LineageNode
  at: string
  fields: { before: string; after: string }[]
  detail: Record<string, string | number | null>
}

export interface Lineage {
  centre: LineageNode
  nodes: LineageNode[]
  edges: LineageEdge[]
  cut: boolean
}

export type FacetTexts = Record<string, Record<string, string>>
export type FacetCounts = Record<string, Record<string, number>>

/** An entry as a list shows it. */
export interface EntryLine {
  name: string
  resource_code: string
  state: Entry['state']
  title: string
  abstract: string
  organisation: string | null
  organisation_name: string
  region: string | null
  region_name: string
  paused: boolean
  grade: Grade | null
  grade_confirmed: boolean
  records: number
  score: number | null
  modified: string
}

/** `total` counts at most 10,000 entries; `more` says that there are more. */
export interface EntryList extends Page<EntryLine> {
  more: boolean
  facets: FacetCounts | null
  /** Of the codes that facets count: organisations and regions. */
  names: FacetTexts | null
}

export interface RecordPage extends Page<Record<string, unknown>> {
  masked: string[]
}

const path = (name: string) => `/api/v1/catalogue/${segment(name)}`

export const catalogueEntries = (query: Query, signal: AbortSignal) => api.get<EntryList>('/api/v1/catalogue', query, signal)
export const readEntry = (name: string, signal: AbortSignal) => api.get<EntryPage>(path(name), undefined, signal)
export const saveEntry = (name: string, description: Description, version: number) =>
  api.patch<Entry>(path(name), description, version)
export const publishEntry = ({ name, version }: Entry) => api.post<PublishedEntry>(`${path(name)}/publish`, {}, version)
export const withdrawEntry = ({ name, version }: Entry) => api.post<Entry>(`${path(name)}/withdraw`, {}, version)
export const readSample = (name: string, signal: AbortSignal) =>
  api.get<RecordPage>(`${path(name)}/sample`, { limit: 20 }, signal)
/** Each of `conditions` as `column:op:value`; see `records.ts`. */
export const readRecords = (name: string, conditions: readonly string[], after: string | undefined, signal: AbortSignal) =>
  api.get<RecordPage>(`/api/v1/datasets/${segment(name)}/records`, { filter: conditions, after, limit: 200 }, signal)
export const readLineage = (name: string, signal: AbortSignal) => api.get<Lineage>(`${path(name)}/lineage`, { steps: 3 }, signal)
export const readGrading = (name: string, signal: AbortSignal) => api.get<Grading>(`${path(name)}/grade`, undefined, signal)
export const confirmGrade = (name: string, decision: { columns: Record<string, Grade>; reason: string }) =>
  api.post<Grading>(`${path(name)}/grade/confirm`, decision)
