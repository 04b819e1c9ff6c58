import type { Candidate, Compared, FusionRecord } from '@/api/fusion'
import type { Light } from '@/components/StatusLight.vue'

export interface ComparedRow {
  name: string
  left: string
  right: string
  compared: Compared | undefined
}

type Shown = (record: FusionRecord) => string

/** Comparisons by name, and what of a record they look at. Name, numbers and part all look at the name. */
const looked: Record<string, Shown> = {
  name: (record) => [record.name, ...record.aliases].join(' / '),
  distance: (record) => (record.longitude === null || record.latitude === null ? '' : `${record.longitude.toFixed(5)}, ${record.latitude.toFixed(5)}`),
  phone: (record) => record.phones.join(', '),
  code: (record) => record.code ?? '',
  region: (record) => record.region ?? '',
  numbers: () => '',
  part: () => '',
}

/** The values that a comparison shows already. */
const covered: Record<string, string> = { name: 'name', distance: 'location', phone: 'telephone', code: 'code', region: 'region' }

/** Compared fields first, in the order of their weight; then the values that only travel along. What neither record has is no row. */
export function comparedRows({ left, right, compared }: Candidate, say: (value: unknown) => string): ComparedRow[] {
  const weighed = [...compared].sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight))
  const fields = weighed.map((one) => ({
    name: one.comparison,
    left: looked[one.comparison]?.(left) ?? '',
    right: looked[one.comparison]?.(right) ?? '',
    compared: one,
  }))
  const shown = new Set(compared.map((one) => covered[one.comparison]))
  const others = [...new Set([...Object.keys(left.values), ...Object.keys(right.values)])].filter((name) => !shown.has(name))
  return [
    ...fields.filter((row) => row.left || row.right || row.compared.level !== 'missing'),
    ...others.map((name) => ({ name, left: say(left.values[name]), right: say(right.values[name]), compared: undefined })),
  ]
}

export const weightLight = (weight: number): Light => (weight > 1 ? 'good' : weight < -1 ? 'bad' : 'unknown')
