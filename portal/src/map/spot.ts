import type { Spot } from './cityMap'

const form = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/

export function readSpot(text: string): Spot | undefined {
  const found = form.exec(text)
  return found ? { lng: Number(found[1]), lat: Number(found[2]), zoom: Number(found[3]) } : undefined
}

export const writeSpot = ({ lng, lat, zoom }: Spot): string => `${lng.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`
