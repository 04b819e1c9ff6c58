import { api, segment } from './client'
import type { CasePlace } from './reports'

export interface Said {
  description: string
  class: string | null
  address: string | null
  place: CasePlace | null
}

/** An open case that may be about the same; its title only for those who may read cases. */
export interface SimilarCase {
  id: string
  class: string | null
  title: string | null
  score: number
  metres: number | null
  reported: string
}

/** `confidence` is how often such a proposal is right; `words` are those that decided. */
export interface ClassProposal {
  class: string
  confidence: number
  words: string[]
}

/** What a report seems to be about, the likeliest class first; nothing is written. */
export interface Understanding {
  classes: ClassProposal[]
  similar: SimilarCase[]
}

export const understand = (said: Said, signal: AbortSignal) => api.ask<Understanding>('/api/v1/reports/understanding', said, signal)

/** What the register of components says; not `registered`, it is yet to be added. */
export interface Component {
  code: string
  registered: boolean
  name: string | null
  state: string | null
  maintainer: string | null
  owner: string | null
  department: string | null
  repaired: string | null
  repaired_by: string | null
}

/** Of a case: besides, who may be responsible, and why. */
export interface CaseUnderstanding extends Understanding {
  component: Component | null
  bodies: { organisation: string | null; name: string; confidence: number | null; reason: { kind: string; texts: Record<string, string> } }[]
}

export const understandCase = (number: string, signal: AbortSignal) => api.get<CaseUnderstanding>(`/api/v1/cases/${segment(number)}/understanding`, undefined, signal)
