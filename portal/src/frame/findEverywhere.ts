import { catalogueEntries } from '@/api/catalogue'
import { listCases } from '@/api/cases'
import type { Page } from '@/api/client'
import { findEntities, titleOf, type Entity } from '@/api/entities'
import { may } from '@/composables/useSession'
import { casePath, entryPath, mapPath } from '@/paths'
import { ownPlaces } from './places'

export type Kind = 'page' | 'place' | 'case' | 'entity' | 'dataset'

export interface Finding {
  kind: Kind
  title: string
  to: string
}

const each = 5
/** What people call a place: where one goes, rather than what one looks at. */
const placeTypes = new Set(['AdministrativeArea', 'RoadSegment', 'WaterBody', 'Grid', 'PointOfInterest'])
const number = /^\d{12,20}$/
const spot = /^\s*(-?\d{1,3}\.\d+)\s*[,，\s]\s*(-?\d{1,2}\.\d+)\s*$/

/** Pages, places, cases, things and datasets that answer to the words; a part that fails or may not be read adds nothing. */
export async function findEverywhere(text: string, pageTitle: (name: string) => string, signal: AbortSignal): Promise<Finding[]> {
  const [cases, entities, entries] = await Promise.allSettled([
    may('case.read') ? listCases({ q: text, limit: each }, signal) : Promise.reject(new Error('not asked')),
    findEntities({ q: text, limit: 2 * each }, signal),
    catalogueEntries({ q: text, limit: each }, signal),
  ])
  const things = itemsOf(entities).map(thing)
  return [
    ...pages(text, pageTitle),
    ...(number.test(text) && may('case.read') ? [{ kind: 'case' as const, title: text, to: casePath(text) }] : []),
    ...position(text),
    ...things.filter((one) => one.kind === 'place').slice(0, each),
    ...itemsOf(cases).map((one): Finding => ({ kind: 'case', title: `${one.title} · ${one.id}`, to: casePath(one.id) })),
    ...things.filter((one) => one.kind === 'entity').slice(0, each),
    ...itemsOf(entries).map((entry): Finding => ({ kind: 'dataset', title: entry.title || entry.name, to: entryPath(entry.name) })),
  ]
}

const thing = (entity: Entity): Finding => ({
  kind: entity.types.some((type) => placeTypes.has(type)) ? 'place' : 'entity',
  title: titleOf(entity),
  to: mapPath({ entity: entity.id }),
})

function pages(text: string, pageTitle: (name: string) => string): Finding[] {
  const wanted = text.toLowerCase()
  const found = ownPlaces.value.map((place): Finding => ({ kind: 'page', title: pageTitle(place.name), to: place.path }))
  return found.filter((one) => one.title.toLowerCase().includes(wanted)).slice(0, each)
}

/** Longitude and latitude that somebody has copied from elsewhere. */
function position(text: string): Finding[] {
  const [, lng, lat] = spot.exec(text) ?? []
  return lng && lat ? [{ kind: 'place', title: `${lng}, ${lat}`, to: mapPath({ at: `${lng},${lat},16` }) }] : []
}

function itemsOf<T>(settled: PromiseSettledResult<Page<T>>): T[] {
  return settled.status === 'fulfilled' ? settled.value.items : []
}
