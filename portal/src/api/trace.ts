import { api, segment } from './client'

export interface TraceRecord {
  dataset: string
  import: string
  row: number
  line: number | null
  file: string
  source: string | null
  arrived: string
  hash: string
  values: Record<string, string | null>
  raw: Record<string, string | null>
}

export interface Trace {
  entity: string
  type: string
  title: string
  records: TraceRecord[]
}

export const readTrace = (entity: string, signal: AbortSignal) => api.get<Trace>(`/api/v1/trace/${segment(entity)}`, undefined, signal)
