import type { Lineage, LineageEdge, LineageNode } from '@/api/catalogue'

export interface PlacedNode {
  key: string
  node: LineageNode
  title: string
  /** When the step was taken that led to it. */
  at: string | undefined
  x: number
  y: number
}

export interface PlacedEdge {
  key: string
  edge: LineageEdge
  path: string
}

export const box = { width: 184, height: 52 }
const gap = { x: 72, y: 20 }

const keyOf = (node: LineageNode) => `${node.kind}:${node.id}`

/** Layers from left to right by the longest way from a beginning; cycles are cut where they close. */
export function layOut(lineage: Lineage): { nodes: PlacedNode[]; edges: PlacedEdge[]; width: number; height: number } {
  const layers = layersOf(lineage)
  const tallest = Math.max(...layers.map((layer) => layer.length), 1)
  const height = tallest * (box.height + gap.y) - gap.y
  const nodes = layers.flatMap((layer, column) => {
    const top = (height - (layer.length * (box.height + gap.y) - gap.y)) / 2
    return layer.map((node, row) => ({
      key: keyOf(node),
      node,
      title: titleOf(node, lineage.edges),
      at: lineage.edges.find((edge) => keyOf(edge.target) === keyOf(node))?.at,
      x: column * (box.width + gap.x),
      y: top + row * (box.height + gap.y),
    }))
  })
  const places = new Map(nodes.map((placed) => [placed.key, placed]))
  const edges = lineage.edges.flatMap((edge, index) => {
    const from = places.get(keyOf(edge.origin))
    const to = places.get(keyOf(edge.target))
    return from && to ? [{ key: `${index}`, edge, path: curve(from, to) }] : []
  })
  return { nodes, edges, width: layers.length * (box.width + gap.x) - gap.x, height }
}

function layersOf(lineage: Lineage): LineageNode[][] {
  const depth = new Map<string, number>(lineage.nodes.map((node) => [keyOf(node), 0]))
  for (let round = 0; round < lineage.nodes.length; round += 1) {
    for (const { origin, target } of lineage.edges) {
      const deeper = Math.min((depth.get(keyOf(origin)) ?? 0) + 1, lineage.nodes.length)
      if (deeper > (depth.get(keyOf(target)) ?? 0)) depth.set(keyOf(target), deeper)
    }
  }
  const layers: LineageNode[][] = []
  for (const node of lineage.nodes) (layers[depth.get(keyOf(node)) ?? 0] ??= []).push(node)
  return layers.filter((layer) => layer.length > 0)
}

/** A file is known by its hash; people know it by its name, which stands on the step that reads it. */
function titleOf(node: LineageNode, edges: LineageEdge[]): string {
  const read = edges.find((edge) => keyOf(edge.origin) === keyOf(node))
  return node.kind === 'file' && read?.detail.name ? String(read.detail.name) : node.id
}

function curve(from: PlacedNode, to: PlacedNode): string {
  const startX = from.x + box.width
  const startY = from.y + box.height / 2
  const endY = to.y + box.height / 2
  const bend = (to.x - startX) / 2
  return `M${startX} ${startY}C${startX + bend} ${startY} ${to.x - bend} ${endY} ${to.x} ${endY}`
}
