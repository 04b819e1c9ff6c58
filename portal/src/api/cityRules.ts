import { api, ApiError, segment, type Page, type Query } from './client'

type Titles = Record<string, string>

/** A condition on one entity; exactly one member is given. Spans are ISO 8601, e.g. PT1H. */
export interface Condition {
  q?: string | null
  geo?: object | null
  enters?: object | null
  leaves?: object | null
  window?: { attribute: string; over: string; value: string; above?: number | null; below?: number | null; least?: number } | null
  rate?: { attribute: string; over: string; per: string; above?: number | null; below?: number | null } | null
  silent?: { over: string; attributes: string[] } | null
  all?: Condition[] | null
  any?: Condition[] | null
  not?: Condition | null
}

export interface RuleDefinition {
  name: string
  title: Titles
  description: string | Titles
  severity: 'blue' | 'yellow' | 'orange' | 'red'
  subject: { type: string; ids?: string[]; pattern?: string; q?: string }
  when: Condition
  for: string
  /** Without `when`: once `when` of the rule does not hold any more. */
  recovery: { when: Condition | null; for: string } | null
  group: { at_least?: number | null; share?: number | null } | null
  quiet: { hours?: string; zone?: string; calendar?: string; outside?: boolean } | null
  key?: string
  case: { class?: string | null; title: string; text?: string; urgent?: boolean; dispatch?: boolean; organisation?: string; channel?: string } | null
}

export const ruleStates = ['on', 'off', 'broken'] as const

export interface CityRule {
  name: string
  title: Titles
  description: string | Titles
  severity: RuleDefinition['severity']
  version: number
  state: (typeof ruleStates)[number]
  reason: string | null
  changed: string
  since: string | null
  type: string
  opens_cases: boolean
  open: number
  events: number
  last_event: string | null
  definition: RuleDefinition | null
}

export interface RuleEvent {
  id: string
  title: string
  severity: RuleDefinition['severity']
  subject: string
  opened: string
  closed: string | null
  case: string | null
}

export interface DryRun {
  from: string
  to: string
  subjects: number
  observations: number
  events: number
  cases: number
  complete: boolean
  items: { key: string; opened: string; closed: string | null; title: string; case: boolean }[]
}

const path = '/api/v1/rules'

export const listRules = (query: Query, signal: AbortSignal) => api.get<Page<CityRule>>(path, query, signal)
export const readRule = (name: string, signal: AbortSignal) => api.get<CityRule>(`${path}/${segment(name)}`, undefined, signal)
export const switchRule = (name: string, state: 'on' | 'off') => api.put<CityRule>(`${path}/${segment(name)}/state`, { state })
/** The name itself, or with the first number behind it that no rule has: what is published under the name of a rule takes its place. */
export async function unusedRuleName(name: string, signal: AbortSignal): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!(await readRule(candidate, signal).catch(unlessMissing))) return candidate
  }
}
function unlessMissing(cause: unknown): undefined {
  if (!(cause instanceof ApiError && cause.status === 404)) throw cause
}
/** What a rule does not have is left out. */
const given = (definition: RuleDefinition): unknown => JSON.parse(JSON.stringify(definition, (_, value: unknown) => (value === null || value === '' ? undefined : value)))
export const publishRule = (definition: RuleDefinition) => api.post<CityRule>(path, given(definition))
export const tryRule = (wanted: RuleDefinition | string) => api.post<DryRun>(`${path}/dry-run`, typeof wanted === 'string' ? { name: wanted } : { definition: given(wanted) })
export const listRuleEvents = (query: Query, signal: AbortSignal) => api.get<Page<RuleEvent>>('/api/v1/rule-events', query, signal)
export const listDefinitions = async (signal: AbortSignal) => (await api.get<{ items: string[] }>('/api/v1/workflow/definitions', undefined, signal)).items
