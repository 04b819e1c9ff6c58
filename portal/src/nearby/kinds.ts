import type { Composer } from 'vue-i18n'
import type { useFormat } from '@/composables/useFormat'

export type Properties = Record<string, unknown>

/** What somebody in the street wants to know about a thing: a row for each kind, by its type. */
export interface Kind {
  types: readonly string[]
  /** Part of the message keys. */
  name: 'parking' | 'charging' | 'swapping' | 'air' | 'works' | 'care'
  say: (properties: Properties, t: Composer['t'], format: Pick<ReturnType<typeof useFormat>, 'counted' | 'date'>) => string[]
}

const numeric = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const textual = (value: unknown): string => (typeof value === 'string' ? value : '')
/** A moment as text or as the twin writes it, else nothing. */
export function moment(value: unknown): string {
  const said = textual((value as Properties | undefined)?.['@value'] ?? value)
  return Number.isNaN(Date.parse(said)) ? '' : said
}

export const kinds: readonly Kind[] = [
  {
    types: ['OffStreetParking', 'ParkingSite'],
    name: 'parking',
    say: (of, t, { counted }) => {
      const free = numeric(of.availableSpotNumber)
      const all = numeric(of.totalSpotNumber)
      const spots = free === undefined ? (all === undefined ? '' : counted('nearby.parking.all', all)) : all === undefined ? t('nearby.parking.free', { n: free }) : t('nearby.parking.freeOf', { n: free, all })
      return [spots, textual(of.fee)]
    },
  },
  {
    types: ['ChargingStation', 'EVChargingStation'],
    name: 'charging',
    say: (of, t) => [numeric(of.availableCapacity) === undefined ? '' : t('nearby.charging.free', { n: of.availableCapacity as number })],
  },
  {
    types: ['BatterySwapStation'],
    name: 'swapping',
    say: (of, t, { counted }) => {
      const full = numeric(of.fullBatteries)
      const queue = numeric(of.queueLength)
      return [full === undefined ? '' : counted('nearby.swapping.full', full), queue === undefined ? '' : t('nearby.swapping.queue', { n: queue })]
    },
  },
  {
    types: ['AirQualityObserved'],
    name: 'air',
    say: (of, t) =>
      [
        ['pm25', 'PM2.5'],
        ['pm10', 'PM10'],
        ['o3', 'O₃'],
      ].map(([key, word]) => (numeric(of[key!]) === undefined ? '' : t('nearby.air.value', { what: word!, n: of[key!] as number }))),
  },
  {
    types: ['RoadWork', 'Roadwork', 'RoadClosure', 'ConstructionSite', 'Alert'],
    name: 'works',
    say: (of, t, { date }) => {
      const end = moment(of.endDate ?? of.validTo)
      return [textual(of.description), end && t('nearby.works.until', { day: date(end) })]
    },
  },
  { types: ['Hospital'], name: 'care', say: (of) => [textual(of.level), textual(of.phone)] },
]
