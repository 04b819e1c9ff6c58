import { api, segment, type Page } from './client'
import { send } from './upload'

export interface RoleReach {
  role: string
  reach: string
  held: boolean
}

/** A contract in force between two bodies, one of them the person's; `usable`: a role of theirs carries its use. */
export interface ByContract {
  id: string
  provider: string
  consumer: string
  purpose: string
  columns: string[]
  ends: string
  usable: boolean
}

/** Why somebody may do something, or why not; `masked` are columns that they read masked. */
export interface Reason {
  allowed: boolean
  reach: 'none' | 'open' | 'organisation' | 'tenant'
  reason: string
  kind: string
  thing: string
  title: string
  owner: string | null
  open: boolean
  roles: RoleReach[]
  contracts: ByContract[]
  masked: string[]
}

export const jobStates = ['dead', 'waiting', 'running', 'done'] as const
export type JobState = (typeof jobStates)[number]

export interface Job {
  id: number
  kind: string
  state: JobState
  created: string
  due: string
  tries: number
  fault: string | null
  finished: string | null
}

export interface JobList {
  items: Job[]
  next: number | null
  counts: Partial<Record<JobState, number>>
}

export interface Backup {
  name: string
  path: string
  bytes: number
  made: string
  keys: boolean
}

export interface BackupCheck {
  snapshot: string
  tables: number
  rows: number
  files: number
}

export interface BackupList {
  items: Backup[]
  folder: string
  running: Job | null
}

export interface Setting {
  name: string
  about: string
  value: string | null
  usual: string | null
  given: boolean
  /** Chosen here, and not where the node is started. */
  open: boolean
  secret: boolean
}

/** Where something is sent: a subscription of entities or a webhook of events. */
export interface Endpoint {
  id: string
  kind: 'subscription' | 'webhook'
  address: string
  waiting: number
  dead: number
  last_success: string | null
  last_failure: string | null
  fault: string | null
}

export const askReason = (person: string, action: string, thing: string, signal: AbortSignal) =>
  api.get<Reason>(`/api/v1/accounts/${segment(person)}/reason`, { action, thing }, signal)
export const listJobs = (state: JobState, before: number | undefined, signal: AbortSignal) => api.get<JobList>('/api/v1/jobs', { state, before }, signal)
export const doJobsAgain = (ids?: number[]) => api.post<{ count: number }>('/api/v1/jobs/again', ids ? { ids } : {})
export const forgetJob = (id: number) => api.delete<void>(`/api/v1/jobs/${id}`)
export const listBackups = (signal: AbortSignal) => api.get<BackupList>('/api/v1/backups', {}, signal)
export const makeBackup = (keys: boolean) => api.post<{ count: number }>('/api/v1/backups', { keys })
export interface Restored {
  asked: { archive: string; by: string; at: string }
  ended: string
  snapshot: string | null
  rows: number
  files: number
  aside: string | null
  fault: string | null
}
export const readRestoration = (signal: AbortSignal) => api.get<{ asked: Restored['asked'] | null; last: Restored | null }>('/api/v1/restoration', {}, signal)
export const askForRestoration = (archive: string) => api.post('/api/v1/restoration', { archive })
export const dropAside = () => api.delete<void>('/api/v1/restoration/set-aside')
/** Reads the archive to its end, and compares each row and file with what was backed up. */
export const checkBackup = (name: string) => api.post<BackupCheck>(`/api/v1/backups/${segment(name)}/check`)
export const dropBackup = (name: string) => api.delete<void>(`/api/v1/backups/${segment(name)}`)
/** The archive as a file; the browser asks for it with the session's cookie. */
export const backupAddress = (name: string): string => `/api/v1/backups/${segment(name)}/file`
export function bringBackup(file: File, progressed: (sent: number, total: number) => void): Promise<Backup> {
  const form = new FormData()
  form.append('file', file)
  return send('/api/v1/backups/file', form, progressed).done.then((answer) => JSON.parse(answer) as Backup)
}
/** What is left out stays; an empty text takes back what was chosen. */
export interface Chosen {
  city?: string
  city_en?: string
  basemap?: string
  basemap_gcj02?: boolean
  basemap_attribution?: string
}
export const chooseSettings = async (chosen: Chosen) => (await api.patch<{ items: Setting[] }>('/api/v1/settings', chosen)).items
export const listSettings = async (signal: AbortSignal) => (await api.get<{ items: Setting[] }>('/api/v1/settings', {}, signal)).items

type Asked = { q: string; after?: string; limit: number }
type Subscribed = Omit<Endpoint, 'id' | 'kind' | 'address'> & { subscription: string; endpoint: string }
type Hook = Omit<Endpoint, 'kind' | 'address'> & { url: string }

/** Those first that somebody has to look after. */
export async function listEndpoints(kind: Endpoint['kind'], asked: Asked, signal: AbortSignal): Promise<Page<Endpoint>> {
  const query = { ...asked, worst: true }
  if (kind === 'webhook') {
    const page = await api.get<Page<Hook>>('/api/v1/webhooks', query, signal)
    return { ...page, items: page.items.map((one) => ({ ...one, kind, address: one.url })) }
  }
  const page = await api.get<Page<Subscribed>>('/api/v1/notifications', query, signal)
  return { ...page, items: page.items.map((one) => ({ ...one, kind, id: one.subscription, address: one.endpoint })) }
}

/** Everything that was given up is sent again, to where the endpoint is now. */
export const replayEndpoint = ({ id, kind }: Endpoint) =>
  kind === 'webhook'
    ? api.post<{ replayed: number }>(`/api/v1/webhooks/${segment(id)}/replay`, {})
    : api.post<{ replayed: number }>(`/api/v1/notifications/dead/replay?subscription=${segment(id)}`, {})

/** What was given up on its way to an endpoint; `about`: the entities that it tells of, or what happened to what. */
export interface DeadLetter {
  id: number
  about: string[]
  made: string
  given_up: string
  tries: number
  fault: string | null
}
interface DeadPage<T> {
  items: (T & Omit<DeadLetter, 'about'>)[]
  next: number | null
}

/** The oldest first. */
export async function listDead({ id, kind }: Endpoint, after: string | undefined, signal: AbortSignal): Promise<Page<DeadLetter>> {
  const query = { after, limit: 100 }
  if (kind === 'webhook') {
    const page = await api.get<DeadPage<{ body: { type: string; subject?: string } }>>(`/api/v1/webhooks/${segment(id)}/dead`, query, signal)
    return { items: page.items.map((one) => ({ ...one, about: [one.body.type, one.body.subject ?? ''].filter(Boolean) })), next: page.next?.toString() ?? null }
  }
  const page = await api.get<DeadPage<{ entities: string[] }>>('/api/v1/notifications/dead', { ...query, subscription: id }, signal)
  return { items: page.items.map((one) => ({ ...one, about: one.entities })), next: page.next?.toString() ?? null }
}
