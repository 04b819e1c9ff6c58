import type { Light } from '@/components/StatusLight.vue'

const soon = 86_400_000

/** Of something that runs for days: yellow in the last one. */
export function clockLight(due: string | null, now = Date.now()): Light {
  if (!due) return 'unknown'
  const left = Date.parse(due) - now
  return left < 0 ? 'bad' : left < soon ? 'warn' : 'good'
}
