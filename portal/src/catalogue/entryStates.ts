import type { Entry } from '@/api/catalogue'
import type { Light } from '@/components/StatusLight.vue'

export const stateLights: Record<Entry['state'], Light> = { draft: 'active', published: 'good', offline: 'unknown' }
