import type { NodeView } from '@/api/nodes'
import type { Light } from '@/components/StatusLight.vue'

export type Health = 'revoked' | 'fault' | 'lagging' | 'skewed' | 'unheard' | 'well'

const lagMost = 10 * 60_000
const skewMost = 60

/** How a node does, worst first: mail that waits for long, a clock that is off, or nothing heard so far. */
export function healthOf(node: NodeView, now = Date.now()): Health {
  if (node.state === 'revoked') return 'revoked'
  if (node.fault) return 'fault'
  if (node.oldest && now - Date.parse(node.oldest) > lagMost) return 'lagging'
  if (node.skew_seconds !== null && Math.abs(node.skew_seconds) > skewMost) return 'skewed'
  return node.seen ? 'well' : 'unheard'
}

export const healthLights: Record<Health, Light> = { revoked: 'unknown', fault: 'bad', lagging: 'warn', skewed: 'warn', unheard: 'unknown', well: 'good' }
