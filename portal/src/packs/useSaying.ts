import { useI18n } from 'vue-i18n'
import type { Block, UnitBy } from '@/api/packs'
import { useActorNames } from '@/composables/useActorNames'
import { useFormat } from '@/composables/useFormat'
import { textOf, unitFor, valueAt, type Words } from './packWords'

const isUnitBy = (unit: Record<string, string> | UnitBy): unit is UnitBy => typeof unit['units'] === 'object'
/** Money and points come as texts, exact. */
export const isDecimal = (value: unknown): value is string => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)

type Units = Block['units']
/** A value of a row as people read it: `name` says which, and by which unit. */
export type Saying = (name: string, value: unknown, row?: unknown) => string

export function useSaying(words: () => Words, units: () => Units): Saying {
  const { t, locale } = useI18n()
  const { actorName } = useActorNames()
  const { number, percent, dateTime, date, duration, distance, money } = useFormat()

  function unitOf(name: string, row: unknown): string | undefined {
    const unit = units()?.[name]
    if (typeof unit !== 'object') return unit
    if (!isUnitBy(unit)) return textOf(unit, locale.value)
    const own = unit.units[String(valueAt(row, unit.by))]
    return typeof own === 'object' ? textOf(own, locale.value) : own
  }

  /** Below zero: a time that is over. */
  const lasting = (seconds: number) => (seconds < 0 ? `−${duration(-seconds)}` : duration(seconds))

  function counted(value: number, unit: string | undefined): string {
    if (unit === '%') return percent(value)
    if (unit === 's') return lasting(value)
    if (unit === 'min') return lasting(60 * value)
    if (unit === 'h') return lasting(60 * Math.round(60 * value))
    if (unit === 'm') return distance(value)
    if (unit === '¥') return money(value)
    return `${number(value)}${unit ? ` ${unitFor(unit, value)}` : ''}`
  }

  return (name, value, row) => {
    const code = words().code(name, value)
    if (code !== undefined) return code
    if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
    const unit = unitOf(name, row)
    if (typeof value === 'number' || (unit && isDecimal(value))) return counted(Number(value), unit)
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value)) return dateTime(value)
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return date(value)
    if (typeof value === 'string' && /^\d{2}:\d{2}:00$/.test(value)) return value.slice(0, 5)
    if (typeof value === 'string' && value.startsWith('urn:ngsi-ld:')) return value.split(':').at(-1) ?? value
    return value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length) ? '—' : actorName(String(value))
  }
}
