import type { Light } from '@/components/StatusLight.vue'

const yellowFrom = 0.8
export const dueLights = ['bad', 'warn', 'good', 'unknown'] as const
export type DueLight = (typeof dueLights)[number] & Light

/** Green up to 80 % of the time between entering the state and its due time, yellow until due, red beyond; without a limit unknown.
 *  Where it is not known when the state was entered, there is no yellow. */
export function dueLight(entered: string | null | undefined, due: string | null, now = Date.now()): DueLight {
  if (!due) return 'unknown'
  const until = Date.parse(due)
  if (now > until) return 'bad'
  if (!entered) return 'good'
  const from = Date.parse(entered)
  return now > from + yellowFrom * (until - from) ? 'warn' : 'good'
}

/** On a map of the city what is in good time is work going on, not something to look at. */
export function workLight(entered: string | null | undefined, due: string | null, now = Date.now()): Light {
  const light = dueLight(entered, due, now)
  return light === 'good' ? 'active' : light
}
