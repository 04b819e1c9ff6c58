import { api, segment } from './client'

/** `silent`: not heard of for an hour; `alarmed`: with an open event of a rule. */
export interface Standing {
  layer: string
  type: string
  dataset: string
  number: number
  silent: number
  alarmed: number
}

export interface Alarm {
  event: string
  rule: string
  subject: string
  layer: string
  title: string
  severity: 'red' | 'orange' | 'yellow' | 'blue'
  lon: number
  lat: number
  opened: string
  case: string | null
}

export interface Facilities {
  at: string
  items: Standing[]
  alarms: Alarm[]
}

export interface PastCases {
  at: string
  items: { id: string; title: string; lon: number; lat: number; due: string | null }[]
  more: boolean
}

/** Counts of spans of so many minutes from `start` on. */
export interface Pace {
  start: string
  minutes: number
  reported: number[]
  closed: number[]
}

/** Where the things of a layer were: id, name, longitude, latitude. */
export interface PastLayer {
  at: string
  items: [string, string | null, number, number][]
  moved: boolean
  more: boolean
}

export const readFacilities = (bbox: string | undefined, signal: AbortSignal) => api.get<Facilities>('/api/v1/facilities', { bbox }, signal)
export const readPastCases = (at: string, area: string | undefined, signal: AbortSignal) => api.get<PastCases>('/api/v1/cases/past', { at, area }, signal)
export const readPace = (area: string | undefined, signal: AbortSignal) => api.get<Pace>('/api/v1/cases/pace', { area, spans: 96, minutes: 15 }, signal)
export const readPastLayer = (layer: string, at: string, bbox: string | undefined, signal: AbortSignal) =>
  api.get<PastLayer>(`/api/v1/map/layers/${segment(layer)}/past`, { at, bbox }, signal)
