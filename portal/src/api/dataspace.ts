import { api, segment, type Page, type Query } from './client'

/** Another connector that speaks the Dataspace Protocol, and what is negotiated with it. */
export interface Connector {
  id: string
  title: string
  url: string
  participant: string
  organisation: string
  created: string
}

export interface NewConnector {
  id: string
  title: string
  url: string
  token: string
  organisation?: string
}

export type TalkKind = 'negotiation' | 'transfer'

/** `acts` are open now; `error` tells why our last message has not arrived. */
export interface Talk {
  id: string
  connector: string
  organisation: string
  dataset: string
  state: string
  error: string
  steps: { state: string; at: string }[]
  created: string
  acts: string[]
  agreement: unknown
}

/** A dataset in the catalogue of a connector, as DCAT names it. */
export interface OfferedDataset {
  '@id': string
  title?: unknown
}

const root = '/api/v1/sharing'
const paths: Record<TalkKind, string> = { negotiation: `${root}/negotiations`, transfer: `${root}/transfers` }

export const listConnectors = (signal: AbortSignal) => api.get<{ items: Connector[] }>(`${root}/connectors`, undefined, signal)
export const addConnector = (connector: NewConnector) => api.post<Connector>(`${root}/connectors`, connector)
export const removeConnector = (id: string) => api.delete<void>(`${root}/connectors/${segment(id)}`)
export const readOffers = (id: string, signal: AbortSignal) => api.get<{ dataset?: OfferedDataset[] }>(`${root}/connectors/${segment(id)}/catalogue`, undefined, signal)
export const negotiate = (connector: string, dataset: string) => api.post<Talk>(`${root}/connectors/${segment(connector)}/negotiations`, { dataset })
export const listTalks = (kind: TalkKind, query: Query, signal: AbortSignal) => api.get<Page<Talk>>(paths[kind], query, signal)
export const actOnTalk = (kind: TalkKind, id: string, act: string) => api.post<Talk>(`${paths[kind]}/${segment(id)}/acts`, { act })
export const beginTransfer = (negotiation: string) => api.post<Talk>(`${paths.negotiation}/${segment(negotiation)}/transfers`)
export const transferDataUrl = (id: string) => `${paths.transfer}/${segment(id)}/data`
