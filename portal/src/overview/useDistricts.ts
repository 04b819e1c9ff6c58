import { computed } from 'vue'
import { findEntities, type Entity } from '@/api/entities'
import { useLoad } from '@/composables/useLoad'
import type { Box } from '@/map/cityMap'

export interface District {
  code: string
  name: string
  box: Box
}

const most = 500
/** The statistical code that ends the id: six digits that are no whole city. */
const districtCode = /:(\d{4}(?!00)\d{2})$/

/** The city's districts with the boxes around them; none where the city has no boundaries. */
export function useDistricts() {
  const load = useLoad((signal) => findEntities({ type: 'AdministrativeArea', limit: most }, signal))
  return computed<District[]>(() => (load.data.value?.items ?? []).flatMap(districtOf))
}

function districtOf(entity: Entity): District[] {
  const code = districtCode.exec(entity.id)?.[1]
  const numbers = (entity.location?.coordinates as unknown[] | undefined)?.flat(Infinity) as number[] | undefined
  if (!code || !numbers?.length) return []
  const lons = numbers.filter((_, at) => at % 2 === 0)
  const lats = numbers.filter((_, at) => at % 2 === 1)
  return [{ code, name: entity.name ?? code, box: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] }]
}
