import type { Light } from './StatusLight.vue'

const goodFrom = 90
const warnFrom = 75

/** Scores run from 0 to 100, as the node computes them. */
export function scoreLight(score: number | null | undefined): Light {
  if (score === null || score === undefined) return 'unknown'
  if (score >= goodFrom) return 'good'
  return score >= warnFrom ? 'warn' : 'bad'
}
