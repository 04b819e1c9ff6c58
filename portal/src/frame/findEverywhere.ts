import { listAccounts } from '@/api/accounts'
import { catalogueEntries } from '@/api/catalogue'
import { listCases } from '@/api/cases'
import type { Page } from '@/api/client'
import { findEntities, type Entity } from '@/api/entities'
import { pageOfOrganisations } from '@/api/organisations'
import { personCalled } from '@/composables/personCalled'
import { may } from '@/composables/useSession'
import { accountPath, bodyPath, casePath, entryPath, indicatorPath, mapPath } from '@/paths'
import { findPages, type Wording } from './corners'

export type Kind = 'page' | 'place' | 'case' | 'entity' | 'dataset' | 'person' | 'body' | 'indicator'

export interface Finding {
  kind: Kind
  title: string
  to: string
  /** Where it is, instead of what it is. */
  within?: string
}

/** How what is found is called in the reader's language. */
export interface Naming extends Wording {
  thingName: (entity: Entity) => string
  bodyName: (id: string, said: string) => string
  titleFor: (title: string | null, name: string) => string
}

const each = 5
/** What people call a place: where one goes, rather than what one looks at. */
const placeTypes = ['AdministrativeArea', 'RoadSegment', 'WaterBody', 'Grid', 'PointOfInterest']
/** Figures are things of the twin too, for rules and maps; who looks for one wants its page. */
const figure = /^urn:ngsi-ld:KeyPerformanceIndicator:([^:]+)/
const number = /^\d{12,20}$/
const spot = /^\s*(-?\d{1,3}\.\d+)\s*[,，\s]\s*(-?\d{1,2}\.\d+)\s*$/

/** All that answers to the words; a part that fails or may not be read adds nothing. What is called exactly so comes first. */
export async function findEverywhere(text: string, { thingName, bodyName, titleFor, ...wording }: Naming, signal: AbortSignal): Promise<Finding[]> {
  const asked = <T>(action: string, ask: () => Promise<Page<T>>) => (may(action) ? ask().then((page) => page.items, () => []) : Promise.resolve([]))
  const [cases, places, entities, entries, people, bodies] = await Promise.all([
    asked('case.read', () => listCases({ q: text, limit: each }, signal)),
    asked('entity.read', () => findEntities({ q: text, type: placeTypes.join(), limit: each }, signal)),
    asked('entity.read', () => findEntities({ q: text, limit: 2 * each }, signal)),
    asked('catalogue.read', () => catalogueEntries({ q: text, limit: each }, signal)),
    asked('account.read', () => listAccounts({ q: text, limit: each }, signal)),
    may('case.read') ? asked('organisation.read', () => pageOfOrganisations({ q: text, limit: each }, signal)) : [],
  ])
  const thing = (entity: Entity, kind: Kind): Finding => ({ kind, title: thingName(entity), to: mapPath({ entity: entity.id }) })
  function measure(entity: Entity): Finding | undefined {
    const code = figure.exec(entity.id)?.[1]
    return code ? { kind: 'indicator', title: thingName(entity), to: indicatorPath(code) } : undefined
  }
  /** Of a road, which comes in segments of the same name, one is enough. */
  const isNew = (one: Entity, at: number, all: Entity[]) => !one.types.includes('RoadSegment') || all.findIndex((other) => thingName(other) === thingName(one)) === at
  const things = entities.filter((one) => !one.types.some((type) => placeTypes.includes(type)))
  const found: Finding[] = [
    ...findPages(text, wording).slice(0, 2 * each).map(({ title, within, path }): Finding => ({ kind: 'page', title, within, to: path })),
    ...(number.test(text) && may('case.read') ? [{ kind: 'case' as const, title: text, to: casePath(text) }] : []),
    ...position(text),
    ...places.filter(isNew).map((one) => thing(one, 'place')),
    ...bodies.map((one): Finding => ({ kind: 'body', title: bodyName(one.id, one.name), to: bodyPath(one.id) })),
    ...people.map((one): Finding => ({ kind: 'person', title: `${personCalled(one.name)} (${one.login})`, to: accountPath(one.login) })),
    ...cases.map((one): Finding => ({ kind: 'case', title: `${one.title} · ${one.id}`, to: casePath(one.id) })),
    ...things.slice(0, each).map((one) => measure(one) ?? thing(one, 'entity')),
    ...entries.map((entry): Finding => ({ kind: 'dataset', title: titleFor(entry.title, entry.name), to: entryPath(entry.name) })),
  ]
  const once = found.filter((one, at) => found.findIndex((other) => other.to === one.to) === at)
  return [...once.filter((one) => one.title === text), ...once.filter((one) => one.title !== text)]
}

/** Longitude and latitude that somebody has copied from elsewhere. */
function position(text: string): Finding[] {
  const [, lng, lat] = spot.exec(text) ?? []
  return lng && lat ? [{ kind: 'place', title: `${lng}, ${lat}`, to: mapPath({ at: `${lng},${lat},16` }) }] : []
}
