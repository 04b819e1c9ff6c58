import { Blend, Database, FolderDown, Map, Settings, ShieldCheck, SquareCheckBig } from 'lucide-vue-next'
import type { Component } from 'vue'

export interface Place {
  name: string
  path: string
  icon: Component
}

/** The places of the rail, in its order; later parts of the portal add a row here and a route. */
export const places: readonly Place[] = [
  { name: 'map', path: '/map', icon: Map },
  { name: 'imports', path: '/data/imports', icon: FolderDown },
  { name: 'catalogue', path: '/catalogue', icon: Database },
  { name: 'quality', path: '/quality', icon: SquareCheckBig },
  { name: 'fusion', path: '/fusion', icon: Blend },
  { name: 'evidence', path: '/evidence', icon: ShieldCheck },
  { name: 'system', path: '/system', icon: Settings },
]
