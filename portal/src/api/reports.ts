import { address, api, segment } from './client'

export interface CaseClass {
  code: string
  kind: 'component' | 'event'
  titles: Record<string, string>
  parent: string | null
  words: string[]
}

export interface Reporter {
  name: string
  phone: string
}

/** `lon` and `lat` in WGS-84 degrees. */
export interface CasePlace {
  lon: number
  lat: number
}

export interface Report {
  channel: 'resident' | 'hotline'
  description: string
  class: string | null
  address: string | null
  place: CasePlace | null
  reporter: Reporter | null
  /** An open case that the reporter says is the same. */
  joins: string | null
  /** A case that was closed and has come again. */
  reopens: string | null
  photos: string[]
}

/** `follow` is the secret with which the reporter follows the case; `new` false where it was sent before. */
export interface Reported {
  id: string
  follow: string
  new: boolean
}

export interface Followed {
  id: string
  title: string
  state: string
  reported: string
  due: string | null
  closed: string | null
  outcome: string | null
  moments: { at: string; state: string }[]
  photos: { id: string; media_type: string; stage: 'report' | 'before' | 'after' | 'photo'; at: string }[]
}

export interface Answer {
  solved: boolean
  satisfaction: 'satisfied' | 'fairly' | 'dissatisfied' | null
  remark: string
}

export const listClasses = (signal: AbortSignal) => api.get<CaseClass[]>('/api/v1/case-classes', undefined, signal)
export const sendReport = (report: Report, key: string) => api.send<Reported>('/api/v1/reports', report, key)
export const answerFor = (number: string, follow: string, answer: Answer, key: string) =>
  api.send<Followed>(address(`/api/v1/reports/${segment(number)}/answer`, { follow }), answer, key)
export const followReport = (number: string, follow: string, signal: AbortSignal) =>
  api.get<Followed>(`/api/v1/reports/${segment(number)}`, { follow }, signal)
