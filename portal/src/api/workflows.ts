import { address, api, reach, segment, sendRaw } from './client'

type Titles = Record<string, string>

/** What of a definition the form knows; everything else stays as it is. */
export interface DefinitionSource {
  name: string
  title: Titles
  version?: number
  states: { name: string; title: Titles; role?: string; limit?: { amount: number; unit?: LimitUnit } | null; final?: boolean }[]
  [other: string]: unknown
}

export const limitUnits = ['hours', 'working_hours', 'working_days'] as const
export type LimitUnit = (typeof limitUnits)[number]

export interface VersionShown {
  version: number
  published: string
  publisher: string
}

export interface CalendarShown {
  name: string
  version: number
  zone: string
  days: number
  known_until: string | null
  warning: boolean
}

/** `days`: exceptions from the week, empty for a holiday, hours for a day made up for it (调休). */
export interface CalendarSource {
  name: string
  zone: string
  weeks: { valid_from: string; hours: string[] }[]
  days: Record<string, string>
  known_until: string | null
}

/** `class` and `area` may be the beginning of a code, or nothing: every one. */
export interface Duty {
  class: string
  area: string
  organisation: string
}

/** Without an amount the limit ends on that day; without a day it has counted from ever. */
export interface Condition {
  class: string
  area: string
  amount: number | null
  unit: LimitUnit
  rule: string
  urgent: boolean
  effective_from: string | null
}

export interface CodeListShown {
  name: string
  title_zh: string
  title_en: string
  version: string
  effective_from: string
  effective_to: string | null
  size: number
}

export interface CodeList extends CodeListShown {
  codes?: { code: string; zh?: string; en?: string; title_zh?: string; title_en?: string }[]
  [other: string]: unknown
}

const definitions = '/api/v1/workflow/definitions'
const calendars = '/api/v1/workflow/calendars'
const lists = '/api/v1/standards/code-lists'

export const readSource = (name: string, version: number | undefined, signal: AbortSignal) => api.get<DefinitionSource>(`${definitions}/${segment(name)}`, { version }, signal)
export const listVersions = async (name: string, signal: AbortSignal) => (await api.get<{ items: VersionShown[] }>(`${definitions}/${segment(name)}/versions`, {}, signal)).items
export const checkDefinition = (source: unknown) => api.post<{ name: string; states: number; actions: number }>(`${definitions}/check`, source)
export const publishDefinition = (source: unknown) => api.post<{ name: string; version: number }>(definitions, source)
export const listCalendars = async (signal: AbortSignal) => (await api.get<{ items: CalendarShown[] }>(calendars, {}, signal)).items
export const readCalendar = (name: string, signal: AbortSignal) => api.get<CalendarSource>(`${calendars}/${segment(name)}`, {}, signal)
export const reckonDue = (name: string, from: string, amount: number, unit: LimitUnit, signal: AbortSignal) =>
  api.get<{ start: string; at: string; assured: boolean }>(`${calendars}/${segment(name)}/due`, { from, amount, unit }, signal)
export const listConditionVersions = (signal: AbortSignal) => api.get<Condition[]>('/api/v1/case-conditions/versions', {}, signal)
export const listDuties = (signal: AbortSignal) => api.get<Duty[]>('/api/v1/case-duties', {}, signal)
export const giveDuty = (duty: Duty) => api.put('/api/v1/case-rules', { duties: [duty] })
export const dropDuty = (duty: Duty) => api.delete<void>(address('/api/v1/case-duties', { ...duty }))
export const layDown = (condition: Condition) => api.put('/api/v1/case-rules', { conditions: [condition] })
export const publishCalendar = (source: CalendarSource) => api.post<{ version: number }>(calendars, source)
export const previewHolidays = (name: string, table: Blob) => sendRaw<CalendarSource>(address(`${calendars}/holidays/preview`, { calendar: name }), table, 'application/octet-stream')

export const listCodeLists = async (signal: AbortSignal) => (await api.get<{ items: CodeListShown[] }>(lists, {}, signal)).items
export const listCodeVersions = async (name: string, signal: AbortSignal) => (await api.get<{ items: CodeListShown[] }>(`${lists}/${segment(name)}/versions`, {}, signal)).items
export const readCodeList = (name: string, version: string, signal: AbortSignal) => api.get<CodeList>(`${lists}/${segment(name)}`, { version }, signal)
export async function codeListText(name: string, version: string): Promise<string> {
  const response = await reach(address(`${lists}/${segment(name)}/export`, { format: 'csv', version }))
  return (await response.text()).trimEnd()
}
/** `text`: CSV with code,name,name_en,parent,aliases,effective_from,effective_to. */
export const addCodeList = (name: string, text: string, given: { version: string; effective_from: string; title_zh: string; title_en: string }) =>
  sendRaw<{ added: number }>(address(`${lists}/${segment(name)}/import`, given), text, 'text/csv')
