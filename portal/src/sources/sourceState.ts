import type { Source } from '@/api/sources'
import type { Light } from '@/components/StatusLight.vue'

export function sourceLight(source: Source): Light {
  if (source.state === 'paused') return 'unknown'
  if (source.state === 'refused' || source.failures > 0) return 'bad'
  return source.succeeded_at || source.records ? 'good' : 'active'
}

export function sourceWord(source: Source): string {
  if (source.state === 'paused') return 'sources.state.paused'
  if (source.state === 'refused') return 'sources.state.refused'
  if (source.failures > 0) return 'sources.state.failing'
  return source.succeeded_at || source.records ? 'sources.state.running' : 'sources.state.waiting'
}
