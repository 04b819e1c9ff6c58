import { address, api, segment, type Page, type Query } from './client'
import type { ColumnProfile } from './profile'
import type { Dimension, Rule } from './rules'

export type ImportState = 'received' | 'landing' | 'checking' | 'committing' | 'done' | 'failed' | 'cancelled'

export interface RuleResult {
  rule: Rule
  checked: number
  violations: number
  score: number
  groups: number | null
  details: [string, number][]
  proposals: number
}

export interface SourceReport {
  name: string
  bytes: number
  format: string
  rows: number
  encoding: string | null
  delimiter: string | null
  header_line: number | null
  member: string | null
  crs: string | null
}

export interface DroppedLine {
  source: number
  line: number
  kind: string
  text: string
}

/** `source` and `first_source` count the files of the report. */
export interface RepeatedLine {
  source: number
  line: number
  first_source: number
  first: number
}

export interface ImportReport {
  read: number
  accepted: number
  quarantined: number
  duplicates: number
  score: number | null
  entities: number
  rules: Record<string, number>
  dimensions: Partial<Record<Dimension, number>>
  results: RuleResult[]
  columns: ColumnProfile[]
  key: string[]
  mapping: { longitude?: string | null; latitude?: string | null; geometry?: string | null } | null
  normalised: { column: string; kind: string; values: number; example: string }[]
  dropped: DroppedLine[]
  /** All of them by kind; reports of earlier days have none. */
  left_out?: Record<string, number>
  /** Where the first of the duplicates stand, and what they repeat; reports of earlier days have none. */
  repeated?: RepeatedLine[]
  faults: { where: string; key: string; values: Record<string, string | number | boolean | null> }[]
  sources: SourceReport[]
  changes: { new: number; changed: number; unchanged: number } | null
}

/** `done` of `total` in `unit`s; a total of 0 is not known. `rate` is units a second, `remaining` seconds of the stage. */
export interface ImportProgress {
  stage: string
  done: number
  total: number
  unit: string
  rate: number | null
  remaining: number | null
}

export interface Import {
  id: string
  dataset: string
  state: ImportState
  files: { name: string; bytes: number; sha256: string }[]
  actor: string
  source: string | null
  /** What it brings: a whole file, what is new, or the dataset's own content once more. */
  extent: 'whole' | 'increment' | 'content'
  arrived: string
  started: string | null
  finished: string | null
  progress: ImportProgress | null
  report: ImportReport | null
  fault: string | null
  faults: { where: string; message: string }[]
}

/** `unchanged`: the same files with the same options are here already, as `import`. */
export interface Accepted {
  import: string
  dataset: string
  unchanged: boolean
}

/** A line of the list: of the report the figures only. */
export type ImportItem = Omit<Import, 'report' | 'faults'> & {
  report: Pick<ImportReport, 'read' | 'accepted' | 'quarantined' | 'duplicates' | 'score' | 'entities'> | null
}

export type ImportOptions = Record<'owner' | 'model' | 'encoding' | 'header' | 'crs', string>

const one = (id: string) => `/api/v1/imports/${segment(id)}`

export const listImports = (query: Query, signal: AbortSignal) => api.get<Page<ImportItem>>('/api/v1/imports', query, signal)
export const readImport = (id: string, signal: AbortSignal) => api.get<Import>(one(id), undefined, signal)
/** The current content once more under today's rules and mapping, as an import of its own. */
export const processAgain = (dataset: string) => api.post<Accepted>(`/api/v1/datasets/${segment(dataset)}/rerun`, {})
export const cancelImport = (id: string) => api.post<Import>(`${one(id)}/cancel`)
export const uploadPath = (dataset: string, options: ImportOptions) =>
  address(`/api/v1/datasets/${segment(dataset)}/imports`, options)

/** Calls `heard` with the import whenever something changes, the last time when it is over. Answers how to stop. */
export function watchImport(id: string, heard: (now: Import) => void): () => void {
  const source = new EventSource(`${one(id)}/events`)
  const read = (event: MessageEvent<string>) => heard(JSON.parse(event.data) as Import)
  source.addEventListener('progress', read)
  source.addEventListener('end', (event) => {
    source.close()
    read(event)
  })
  return () => source.close()
}
