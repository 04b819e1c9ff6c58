import { api, segment } from './client'
import type { ColumnProfile } from './profile'

export interface MappedColumn {
  column: string
  attribute?: string | null
  part?: string | null
  unit?: string | null
}

/** What the columns of a dataset are. A column without attribute stays in the dataset and out of the entity. */
export interface Mapping {
  type: string
  model?: string | null
  kind?: 'entities' | 'observations'
  key?: string[]
  time?: string | null
  name?: string | null
  crs?: string
  columns?: MappedColumn[]
}

export interface ColumnProposal {
  column: string
  label: string
  attribute: string | null
  confidence: number
  why: string
  examples: string[]
}

export interface MappingAnswer {
  mapping: Mapping
  confidence: number
  remembered: boolean
  columns: ColumnProposal[]
  alternatives: { model: string; confidence: number }[]
}

const path = (dataset: string) => `/api/v1/datasets/${segment(dataset)}/mapping`

export const readMapping = (dataset: string, signal: AbortSignal) => api.get<MappingAnswer>(path(dataset), undefined, signal)
export const saveMapping = (dataset: string, mapping: Mapping) => api.put<MappingAnswer>(path(dataset), mapping)
export const proposeMapping = (dataset: string, columns: ColumnProfile[], model: string) =>
  api.post<MappingAnswer>('/api/v1/mapping/propose', { dataset, columns, model })
