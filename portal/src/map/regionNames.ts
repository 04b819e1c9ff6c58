import type { ExpressionSpecification } from 'maplibre-gl'
import type { MapLayer } from '@/api/map'

const streetsFrom = 12
const communitiesFrom = 14

/** Names by the ids of regions, where a reader calls them otherwise than they do themselves. */
export type RegionNames = Readonly<Record<string, string>>

/**
 * The names of the one level that fits the zoom: districts from afar, streets nearer, communities near.
 * The level is in the statistical code that ends the id: 6 digits down to the district, 9 to the street, 12 to the
 * community, padded with zeros or not. Regions without such a code have their names at every zoom.
 */
export function regionName(layer: Pick<MapLayer, 'type' | 'dataset'>, names: RegionNames): ExpressionSpecification {
  const name: ExpressionSpecification = ['coalesce', ['get', ['get', 'id'], ['literal', names]], ['get', 'name'], '']
  const code: ExpressionSpecification = ['slice', ['get', 'id'], `urn:ngsi-ld:${layer.type}:${layer.dataset}:`.length]
  const digits: ExpressionSpecification = ['length', code]
  const ends = (zeros: number): ExpressionSpecification => ['==', ['slice', code, 12 - zeros], '0'.repeat(zeros)]
  const level: ExpressionSpecification = [
    'case',
    ['==', ['to-number', code, 0], 0], 'none',
    ['==', digits, 6], ['case', ['==', ['slice', code, 4], '00'], 'city', 'district'],
    ['==', digits, 9], 'street',
    ['!=', digits, 12], 'none',
    ends(8), 'city',
    ends(6), 'district',
    ends(3), 'street',
    'community',
  ]
  const only = (wanted: string): ExpressionSpecification => ['case', ['in', level, ['literal', [wanted, 'none']]], name, '']
  return ['step', ['zoom'], only('district'), streetsFrom, only('street'), communitiesFrom, only('community')]
}
