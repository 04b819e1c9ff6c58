import { api, segment, type Page, type Query } from './client'

/** A case in the sheet; `act` and `reason` where something was decided about it. */
export interface Line {
  id: string
  title: string
  state: string
  organisation: string | null
  entered: string | null
  due: string | null
  act: string
  reason: string
}

export interface ShiftState {
  reported: number
  closed: number
  open: number
  late: number
  overdue: Line[]
  granted: Line[]
  ahead: Line[]
  /** By list, how many are not in it. */
  beyond: Partial<Record<'overdue' | 'granted' | 'ahead', number>>
}

export interface Promised {
  text: string
  until: string | null
  case: string | null
}

export interface Draft {
  begun: string
  ended: string
  state: ShiftState
}

export interface Handover extends Draft {
  id: string
  given_by: string
  notes: string
  promises: Promised[]
  signed_by: string | null
  signed_at: string | null
  remark: string
}

const path = '/api/v1/handovers'

export const listHandovers = (query: Query, signal: AbortSignal) => api.get<Page<Handover> & { people: Record<string, string> }>(path, query, signal)
/** In one area (the id of its entity), or everywhere. */
export const readDraft = (area: string | undefined, signal: AbortSignal) => api.get<Draft>(`${path}/draft`, { area }, signal)
export const giveShift = (given: { notes: string; promises: Promised[] }) => api.post<Handover>(path, given)
export const signShift = (id: string, remark: string) => api.post<Handover>(`${path}/${segment(id)}/signature`, { remark })
