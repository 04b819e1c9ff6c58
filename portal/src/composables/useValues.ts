import { useI18n } from 'vue-i18n'
import { useFormat } from './useFormat'

const decimals = 6

/** A moment as NGSI-LD writes it: `{"@type": "DateTime", "@value": …}`. */
function momentOf(value: object): string | undefined {
  const typed = value as Record<string, unknown>
  return typed['@type'] === 'DateTime' ? String(typed['@value']) : undefined
}

function coordinatesOf(value: object): unknown[] | undefined {
  const { type, coordinates } = value as Record<string, unknown>
  return typeof type === 'string' && Array.isArray(coordinates) ? coordinates : undefined
}

/** Values of entities as people read them: numbers, moments, places, yes and no. */
export function useValues() {
  const { t } = useI18n()
  const { number, counted, dateTime } = useFormat()

  function sayPlace(type: unknown, coordinates: unknown[]): string {
    const [longitude, latitude] = coordinates
    if (typeof longitude === 'number' && typeof latitude === 'number') return `${longitude.toFixed(decimals)}, ${latitude.toFixed(decimals)}`
    return counted('common.shape', coordinates.flat(Infinity).length / 2, { type: String(type) })
  }

  function say(value: unknown): string {
    if (value === null || value === undefined || value === '') return ''
    if (typeof value === 'number') return number(value, decimals)
    if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
    if (Array.isArray(value)) return value.map(say).join(', ')
    if (typeof value !== 'object') return String(value)
    const moment = momentOf(value)
    if (moment) return dateTime(moment)
    const coordinates = coordinatesOf(value)
    return coordinates ? sayPlace((value as { type: unknown }).type, coordinates) : JSON.stringify(value)
  }
  return { say }
}
