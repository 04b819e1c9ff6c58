import { api, segment } from './client'

export type StepKind = 'entity' | 'dataset' | 'record' | 'mended' | 'import' | 'file' | 'line'

/** One step on the way back; `text` says it in a sentence, `fields` are what it knows. */
export interface TraceStep {
  kind: StepKind
  text: string
  at: string | null
  fields: Record<string, unknown>
}

/** `records`: how many current records speak of the entity; the steps are those of the newest. */
export interface Trace {
  entity: string
  dataset: string
  records: number
  steps: TraceStep[]
}

export const readTrace = (entity: string, signal: AbortSignal) => api.get<Trace>(`/api/v1/trace/${segment(entity)}`, undefined, signal)

export const fieldOf = (trace: Trace, kind: StepKind, name: string): unknown =>
  trace.steps.find((step) => step.kind === kind)?.fields[name]
