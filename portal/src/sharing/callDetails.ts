import type { Call } from '@/api/contracts'
import type { Light } from '@/components/StatusLight.vue'

export const callLights: Record<Call['state'], Light> = { open: 'active', done: 'good', cut: 'warn', failed: 'bad' }
