import type { Light } from '@/components/StatusLight.vue'

const yellowFrom = 0.8
export const dueLights = ['bad', 'warn', 'good', 'unknown'] as const
export type DueLight = (typeof dueLights)[number] & Light

/** Of a case whose stay in a state is not known: yellow in the last hour before it is due. */
const soon = 3_600_000
export function caseLight(due: string | null, now = Date.now()): DueLight {
  if (!due) return 'unknown'
  const left = Date.parse(due) - now
  return left < 0 ? 'bad' : left < soon ? 'warn' : 'good'
}

/** Green up to 80 % of the time between entering the state and its due time, yellow until due, red beyond; without a limit unknown.
 *  Where it is not known when the state was entered, there is no yellow. */
export function dueLight(entered: string | undefined, due: string | null, now = Date.now()): DueLight {
  if (!due) return 'unknown'
  const until = Date.parse(due)
  if (now > until) return 'bad'
  if (!entered) return 'good'
  const from = Date.parse(entered)
  return now > from + yellowFrom * (until - from) ? 'warn' : 'good'
}
