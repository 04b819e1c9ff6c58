import { api, segment, type Page, type Query } from './client'
import type { RuleResult } from './imports'
import type { Dimension, Rule, Severity } from './rules'

export interface Dataset {
  name: string
  title: string
  owner: string | null
  /** Empty where nobody knows the code. */
  owner_name: string
  model: string | null
  gate: number
  records: number
  quarantined: number
  score: number | null
  modified: string
}

export interface DepartmentScore {
  owner: string | null
  owner_name: string
  datasets: number
  records: number
  quarantined: number
  score: number | null
  open_defects: number
  overdue_defects: number
}

export interface QualityOverview {
  datasets: number
  records: number
  quarantined: number
  score: number | null
  below_gate: number
  open_defects: number
  overdue_defects: number
  departments: DepartmentScore[]
  dimensions: Partial<Record<Dimension, number>>
  trend: [string, number][]
}

export interface ScorePoint {
  at: string
  cause: 'import' | 'release' | 'dismiss' | 'rules'
  score: number | null
  records: number
  quarantined: number
}

export interface DatasetQuality {
  dataset: string
  score: number | null
  dimensions: Partial<Record<Dimension, number>>
  gate: { shareable: boolean; gate: number }
  results: RuleResult[]
  trend: ScorePoint[]
}

/** One version of a rule of a dataset. */
export interface StoredRule {
  body: Rule
  version: number
  enabled: boolean
  effective_from: string
  effective_to: string | null
  author: string
  at: string
}

export const defectStates = ['open', 'working', 'accepted', 'closed'] as const
export type DefectState = (typeof defectStates)[number]

export interface Defect {
  dataset: string
  rule: string
  number: number
  records: number
  owner: string | null
  owner_name: string
  deadline: string | null
  state: DefectState
  note: string
  opened: string
  overdue: boolean
}

type DefectChanges = Pick<Defect, 'owner' | 'deadline' | 'state' | 'note'>

export const severities: readonly Severity[] = ['refuse', 'flag']
const dataset = (name: string) => `/api/v1/datasets/${segment(name)}`

export const listDatasets = (query: Query, signal: AbortSignal) => api.get<Page<Dataset>>('/api/v1/datasets', query, signal)
/** Those with the lowest score first. */
/** As an owner in a list's filter: no body. */
export const noOwner = '-'
export const listWorst = (query: Query, signal: AbortSignal) => api.get<Page<Dataset>>('/api/v1/quality/datasets', query, signal)
export const readOverview = (signal: AbortSignal) => api.get<QualityOverview>('/api/v1/quality/overview', undefined, signal)
export const readQuality = (name: string, signal: AbortSignal) => api.get<DatasetQuality>(`${dataset(name)}/quality`, undefined, signal)
export const listRules = async (name: string, signal: AbortSignal): Promise<StoredRule[]> =>
  (await api.get<Page<StoredRule>>(`${dataset(name)}/rules`, undefined, signal)).items
export const saveRule = (name: string, { body, enabled, version }: Pick<StoredRule, 'body' | 'enabled' | 'version'>) =>
  api.put<StoredRule>(`${dataset(name)}/rules/${segment(body.name)}`, { body, enabled, version })
export const listDefects = (query: Query, signal: AbortSignal) => api.get<Page<Defect>>('/api/v1/quality/ledger', query, signal)
export const saveDefect = ({ dataset: name, rule }: Defect, change: DefectChanges) =>
  api.patch<Defect>(`/api/v1/quality/ledger/${segment(name)}/${segment(rule)}`, change)
