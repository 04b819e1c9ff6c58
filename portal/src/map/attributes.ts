import type { Attribute, Entity } from '@/api/entities'
import { unitSign } from '@/composables/unitSign'

export interface AttributeRow {
  name: string
  value: unknown
  unit: string
  observedAt: string | null
  numeric: boolean
}

/** The moment that all rows share, which is then said once. */
export function commonMoment(rows: readonly AttributeRow[]): string | null {
  const [first, ...others] = new Set(rows.flatMap((row) => row.observedAt ?? []))
  return others.length ? null : (first ?? null)
}

export function attributeRows(entity: Entity): AttributeRow[] {
  return Object.entries(entity.attributes)
    .flatMap(([name, held]) => [held].flat().map((attribute) => ({ name, attribute })))
    .filter(({ attribute }) => attribute.type !== 'GeoProperty')
    .map(({ name, attribute }) => rowOf(name, attribute))
}

function rowOf(name: string, attribute: Attribute): AttributeRow {
  const value = attribute.value ?? attribute.object
  return {
    name,
    value,
    unit: unitSign(attribute.unitCode),
    observedAt: attribute.observedAt ?? null,
    numeric: typeof value === 'number',
  }
}

/** A point to mark: the position itself, or the middle of the box around a line or area. */
export function placeOf(entity: Entity): [number, number] | undefined {
  const positions = positionsOf(entity.location?.coordinates)
  if (!positions.length) return undefined
  const middle = (axis: 0 | 1) => {
    const values = positions.map((position) => position[axis])
    return (Math.min(...values) + Math.max(...values)) / 2
  }
  return [middle(0), middle(1)]
}

function positionsOf(coordinates: unknown): [number, number][] {
  if (!Array.isArray(coordinates)) return []
  if (typeof coordinates[0] === 'number') return [[coordinates[0], Number(coordinates[1])]]
  return coordinates.flatMap(positionsOf)
}
