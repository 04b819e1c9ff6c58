import { Award, Blend, Database, FolderDown, HardHat, Inbox, Map, Settings, ShieldCheck, SquareCheckBig } from 'lucide-vue-next'
import { computed, type Component } from 'vue'
import { may } from '@/composables/useSession'

export interface Place {
  name: string
  path: string
  icon: Component
  /** Who may not do this is not led there. */
  action: string
}

/** The places of the rail, in its order; later parts of the portal add a row here and a route. */
export const places: readonly Place[] = [
  { name: 'map', path: '/map', icon: Map, action: 'entity.read' },
  { name: 'cases', path: '/cases', icon: Inbox, action: 'case.read' },
  { name: 'field', path: '/field', icon: HardHat, action: 'work.act' },
  { name: 'imports', path: '/data/imports', icon: FolderDown, action: 'dataset.import' },
  { name: 'catalogue', path: '/catalogue', icon: Database, action: 'catalogue.read' },
  { name: 'quality', path: '/quality', icon: SquareCheckBig, action: 'quality.read' },
  { name: 'fusion', path: '/fusion', icon: Blend, action: 'fusion.read' },
  { name: 'scores', path: '/scores', icon: Award, action: 'score.read' },
  { name: 'evidence', path: '/evidence', icon: ShieldCheck, action: 'evidence.read' },
  { name: 'system', path: '/system', icon: Settings, action: 'system.read' },
]

export const ownPlaces = computed(() => places.filter((place) => may(place.action)))

/** Where somebody begins: the first place that is theirs. */
export const firstPath = (): string => ownPlaces.value[0]?.path ?? '/account'
