import type { Light } from '@/components/StatusLight.vue'

const lights: Record<string, Light> = { A: 'good', B: 'good', C: 'warn', D: 'bad', E: 'bad' }

export const gradeLight = (grade: string | undefined): Light => (grade && lights[grade]) || 'unknown'
