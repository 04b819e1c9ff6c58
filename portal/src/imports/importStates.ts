import type { ImportState } from '@/api/imports'
import type { Light } from '@/components/StatusLight.vue'

export const importLights: Record<ImportState, Light> = {
  received: 'unknown',
  landing: 'active',
  checking: 'active',
  committing: 'active',
  done: 'good',
  failed: 'bad',
  cancelled: 'unknown',
}

export const importStates = Object.keys(importLights) as ImportState[]
const over: ReadonlySet<ImportState> = new Set(['done', 'failed', 'cancelled'])
export const isUnderWay = (state: ImportState): boolean => !over.has(state)
