import { api } from './client'
import type { BaseMap } from './map'

/** Who is asking; `actions` are the names of everything this person may do somewhere. */
export interface Session {
  signed_in: boolean
  id: string
  name: string
  organisation: string | null
  roles: string[]
  actions: string[]
  must_change_password: boolean
  language: string
}

export interface NodeFacts {
  city: string
  city_en: string
  tenant: string
  demo: boolean
  version: string
  oidc: boolean
  base_map: BaseMap | null
}

export interface Credentials {
  login: string
  password: string
  code: string
}

export const readSession = () => api.get<Session>('/api/v1/session')
export const readNode = () => api.get<NodeFacts>('/api/v1/node')
export const openSession = (credentials: Credentials) => api.enter<Session>('/api/v1/session', credentials)
export const closeSession = () => api.delete<void>('/api/v1/session')
export const changePassword = (present: string, wanted: string) =>
  api.post<void>('/api/v1/session/password', { old: present, new: wanted })
export const beginSecondFactor = () => api.post<{ secret: string; uri: string }>('/api/v1/session/second-factor')
export const confirmSecondFactor = (code: string) =>
  api.post<{ recovery_codes: string[] }>('/api/v1/session/second-factor/confirm', { code })
export const endSecondFactor = (password: string) => api.post<void>('/api/v1/session/second-factor/disable', { password })
