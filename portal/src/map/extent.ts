import type { MapLayer } from '@/api/map'
import type { Box } from './cityMap'
import { isGround } from './layerPaint'

/** Degrees: no city is as wide. */
const widest = 8

/** The box around what is there to see: all of it, or the newest layer where they lie in different parts of the world. */
export function boxAround(all: readonly MapLayer[]): Box | undefined {
  const things = all.filter((layer) => !isGround(layer))
  const layers = [...(things.length ? things : all)].sort((one, other) => other.modified.localeCompare(one.modified))
  const [newest] = layers
  const whole = union(layers.map((layer) => layer.bbox))
  return newest && whole[2] - whole[0] > widest ? newest.bbox : newest && whole
}

function union(boxes: Box[]): Box {
  const side = (index: 0 | 1 | 2 | 3, choose: (...values: number[]) => number) => choose(...boxes.map((box) => box[index]))
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)]
}
