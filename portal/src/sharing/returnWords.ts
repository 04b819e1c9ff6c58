import type { Return } from '@/api/returns'
import type { Light } from '@/components/StatusLight.vue'

export const returnLights: Record<Return['state'], Light> = { waiting: 'active', taken: 'good', refused: 'unknown' }
