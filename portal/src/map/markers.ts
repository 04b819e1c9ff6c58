import type { FeatureCollection } from 'geojson'
import type { Map as MapLibreMap } from 'maplibre-gl'
import type { Light } from '@/components/StatusLight.vue'
import { token } from './layerPaint'

/** Something that is drawn as a light: the same shapes as in lists. */
export interface Marker {
  id: string
  place: [number, number]
  light: Light
}

const size = 16
const ratio = 2
const shapes: Record<Light, { path: string; colour: string; hollow?: boolean }> = {
  bad: { path: 'M8 1.5 15 14H1z', colour: '--bad' },
  warn: { path: 'M8 1 15 8 8 15 1 8z', colour: '--warn' },
  active: { path: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z', colour: '--accent' },
  good: { path: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z', colour: '--good', hollow: true },
  unknown: { path: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z', colour: '--unknown', hollow: true },
}
/** Pressing ones lie on top. */
export const lightOrder: readonly Light[] = ['unknown', 'good', 'active', 'warn', 'bad']
export const imageOf = (light: Light): string => `light-${light}`

/** The shapes in the colours of the theme; drawn again when that changes. */
export function drawShapes(map: MapLibreMap): void {
  for (const light of lightOrder) {
    if (map.hasImage(imageOf(light))) map.removeImage(imageOf(light))
    map.addImage(imageOf(light), drawn(light), { pixelRatio: ratio })
  }
}

function drawn(light: Light): ImageData {
  const { path, colour, hollow } = shapes[light]
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * ratio
  const pen = canvas.getContext('2d')!
  const shape = new Path2D(path)
  pen.scale(ratio, ratio)
  pen.lineJoin = 'round'
  pen.lineWidth = 2
  pen.strokeStyle = token('--land')
  pen.fillStyle = hollow ? token('--land') : token(colour)
  pen.stroke(shape)
  pen.fill(shape)
  if (hollow) {
    pen.lineWidth = 1.8
    pen.strokeStyle = token(colour)
    pen.stroke(shape)
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

export const collectionOf = (markers: readonly Marker[]): FeatureCollection => ({
  type: 'FeatureCollection',
  features: markers.map(({ id, place, light }) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: place },
    properties: { marker: id, image: imageOf(light), rank: lightOrder.indexOf(light) },
  })),
})
