import { api, segment } from './client'

/** A version of open data. `downloads`: of all its forms, over all days. */
export interface Release {
  version: number
  dataset_version: number
  files: { format: string; bytes: number; sha256: string; sm3: string }[]
  rows: number
  licence: string
  attribution: string
  state: 'published' | 'withdrawn'
  reason: string
  downloads: number
  at: string
}

const releases = (name: string) => `/api/v1/catalogue/${segment(name)}/releases`

/** The newest first. */
export const listReleases = (name: string, signal: AbortSignal) => api.get<{ items: Release[] }>(releases(name), undefined, signal)
export const releaseUrl = (name: string, version: number, format: string) => `${releases(name)}/${version}/${format}`
