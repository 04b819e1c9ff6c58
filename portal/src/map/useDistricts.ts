import { computed } from 'vue'
import { readDistricts, type Region } from '@/api/map'
import { useBodies } from '@/composables/useBodies'
import { useLoad } from '@/composables/useLoad'
import { may } from '@/composables/useSession'
import type { Box } from './cityMap'

type Ring = [number, number][]

export interface District {
  /** Of the entity that has the boundary. */
  id: string
  code: string
  name: string
  box: Box
  rings: Ring[]
}

/** The statistical code that ends the id. */
const districtCode = /:(\d{6})$/

/** The city's districts with their boundaries, in English by the body of the region; none where the city has no boundaries, or for whom may not see them. */
export function useDistricts() {
  const { regionName } = useBodies()
  const load = useLoad(async (signal) => (may('entity.read') ? readDistricts(signal) : []))
  return computed<District[]>(() => (load.data.value ?? []).flatMap(districtOf).map((one) => ({ ...one, name: regionName(one.code, one.name) })))
}

function districtOf(entity: Region): District[] {
  const code = districtCode.exec(entity.id)?.[1]
  const rings = outerRings(entity.location)
  const places = rings.flat()
  if (!code || !places.length) return []
  const lons = places.map(([lon]) => lon)
  const lats = places.map(([, lat]) => lat)
  return [{ id: entity.id, code, name: entity.name ?? code, box: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], rings }]
}

function outerRings(location: Region['location']): Ring[] {
  if (location?.type === 'Polygon') return [(location.coordinates as Ring[])[0] ?? []]
  return location?.type === 'MultiPolygon' ? (location.coordinates as Ring[][]).flatMap((polygon) => polygon.slice(0, 1)) : []
}

/** Whether a place lies in a district: a line to the east crosses its boundary an odd number of times. */
export const liesIn = (lon: number, lat: number, { rings }: District): boolean =>
  rings.some((ring) => ring.filter(([x, y], at) => {
    const [x2, y2] = ring[(at + 1) % ring.length]!
    return y > lat !== y2 > lat && lon < ((x2 - x) * (lat - y)) / (y2 - y) + x
  }).length % 2 === 1)
