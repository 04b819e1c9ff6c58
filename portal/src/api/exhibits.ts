import { address, sendRaw, segment } from './client'

/** 证据附件: kept by its hash, shown to both sides. */
export interface Exhibit {
  id: string
  name: string
  media_type: string
  bytes: number
}

export const mostExhibits = 6
export const sendExhibit = (file: File) => sendRaw<Exhibit>(address('/api/v1/sharing/exhibits', { name: file.name.slice(0, 200) }), file, file.type || 'application/octet-stream')
export const exhibitUrl = (dispute: string, { id }: Exhibit) => `/api/v1/sharing/disputes/${segment(dispute)}/exhibits/${id}`
export const askedExhibitUrl = (asked: string, dispute: string, { id }: Exhibit) => `/api/v1/asked/${segment(asked)}/disputes/${segment(dispute)}/exhibits/${id}`
