import { api, segment, type Page, type Query } from './client'
import type { Dimension, Rule, Severity } from './rules'

export interface DatasetScore {
  dataset: string
  title: string
  owner: string | null
  owner_name: string | null
  score: number | null
  gate: number
  dimensions: Partial<Record<Dimension, number>>
  records: number
  quarantined: number
  at: string | null
  trend: { at: string; score: number }[]
}

export interface OwnerScore {
  owner: string | null
  owner_name: string | null
  score: number | null
  datasets: number
  records: number
  quarantined: number
  trend: { at: string; score: number }[]
}

export interface RuleState {
  rule: Rule
  enabled: boolean
  version: number
  checked: number | null
  violations: number | null
  score: number | null
}

export type DefectState = 'open' | 'working' | 'accepted' | 'closed'

export interface Defect {
  dataset: string
  rule: string
  title_zh: string
  title_en: string
  number: number
  records: number
  owner: string | null
  deadline: string | null
  state: DefectState
  note: string
  opened: string
}

const dataset = (name: string) => `/api/v1/datasets/${segment(name)}`

export const listScores = async (signal: AbortSignal): Promise<DatasetScore[]> =>
  (await api.get<Page<DatasetScore>>('/api/v1/quality/scores', { by: 'dataset', limit: 1000 }, signal)).items
export const listOwnerScores = async (signal: AbortSignal): Promise<OwnerScore[]> =>
  (await api.get<Page<OwnerScore>>('/api/v1/quality/scores', { by: 'owner', limit: 1000 }, signal)).items
export const readScore = (name: string, signal: AbortSignal) => api.get<DatasetScore>(`${dataset(name)}/quality`, undefined, signal)
export const listRules = async (name: string, signal: AbortSignal): Promise<RuleState[]> =>
  (await api.get<Page<RuleState>>(`${dataset(name)}/rules`, undefined, signal)).items
export const saveRule = (name: string, rule: Rule, enabled: boolean) =>
  api.put<RuleState>(`${dataset(name)}/rules/${segment(rule.name)}`, { ...rule, enabled })
export const listDefects = (query: Query, signal: AbortSignal) => api.get<Page<Defect>>('/api/v1/quality/defects', query, signal)
export const saveDefect = (
  defect: Pick<Defect, 'dataset' | 'rule' | 'number'>,
  change: Partial<Pick<Defect, 'owner' | 'deadline' | 'state' | 'note'>>,
) => api.patch<Defect>(`${dataset(defect.dataset)}/defects/${segment(defect.rule)}/${defect.number}`, change)

export const severities: readonly Severity[] = ['refuse', 'flag']
