import { Award, BellRing, Blend, ChartNoAxesCombined, Database, FolderDown, Handshake, HardHat, Inbox, LayoutDashboard, Map, Network, Puzzle, Settings, ShieldCheck, SquareCheckBig, SquareTerminal } from 'lucide-vue-next'
import { computed, ref, watch, type Component } from 'vue'
import { listPackViews } from '@/api/packs'
import { isNothingThere } from '@/api/start'
import { may, session } from '@/composables/useSession'

export interface Place {
  name: string
  path: string
  icon: Component
  /** Who may not do this is not led there. */
  action: string
  /** Another right that leads there, too. */
  also?: string
  /** Pages that belong to it beside those below its path. */
  holds?: readonly string[]
}

/** The places of the rail, in its order; later parts of the portal add a row here and a route. */
export const places: readonly Place[] = [
  { name: 'overview', path: '/overview', icon: LayoutDashboard, action: 'indicator.read' },
  { name: 'map', path: '/map', icon: Map, action: 'entity.read' },
  { name: 'cases', path: '/cases', icon: Inbox, action: 'case.read', holds: ['/work', '/handover'] },
  { name: 'field', path: '/field', icon: HardHat, action: 'work.act' },
  { name: 'rules', path: '/rules', icon: BellRing, action: 'act_rule.read' },
  { name: 'imports', path: '/data/imports', icon: FolderDown, action: 'dataset.import', holds: ['/data/sources'] },
  { name: 'catalogue', path: '/catalogue', icon: Database, action: 'catalogue.read' },
  { name: 'evidence', path: '/evidence', icon: ShieldCheck, action: 'evidence.read' },
  { name: 'sharing', path: '/sharing', icon: Handshake, action: 'share.read' },
  { name: 'quality', path: '/quality', icon: SquareCheckBig, action: 'quality.read' },
  { name: 'workbench', path: '/data/workbench', icon: SquareTerminal, action: 'query.run' },
  { name: 'fusion', path: '/fusion', icon: Blend, action: 'fusion.read' },
  { name: 'scores', path: '/scores', icon: Award, action: 'score.read' },
  { name: 'packs', path: '/packs', icon: Puzzle, action: 'pack.read' },
  { name: 'indicators', path: '/indicators', icon: ChartNoAxesCombined, action: 'indicator.read' },
  { name: 'system', path: '/system', icon: Settings, action: 'system.read', also: 'pack.manage' },
  { name: 'nodes', path: '/nodes', icon: Network, action: 'node.read' },
]

/** Whether a page is the place itself, or belongs to it. */
export const isAt = ({ path, holds = [] }: Place, page: string): boolean => [path, ...holds].some((one) => page === one || page.startsWith(`${one}/`))

/** Packs are for some bodies: who belongs to one is led to them once a page of theirs is known to be for it. */
const packsForOnesBody = ref(false)
watch(
  () => session.value?.organisation && may('pack.read') && session.value.id,
  async (asks) => {
    packsForOnesBody.value = Boolean(asks) && (await listPackViews(new AbortController().signal).then(({ items }) => items.some(({ kind }) => kind === 'page'), () => false))
  },
  { immediate: true },
)
const isForThem = (name: string): boolean => name !== 'packs' || !session.value?.organisation || packsForOnesBody.value

export const ownPlaces = computed(() => places.filter(({ name, action, also }) => isForThem(name) && (may(action) || (also !== undefined && may(also)))))

/** Where somebody begins: on an empty node, who may set it up with the guide; who works on cases with the city, or else with their tasks; everybody else with the first place but the city. */
export async function firstPath(): Promise<string> {
  if (may('organisation.manage') && (await isNothingThere())) return '/start'
  const named = (wanted: string) => ownPlaces.value.find(({ name }) => name === wanted)
  const atWork = may('work.act') ? (named('overview') ?? named('field')) : undefined
  return (atWork ?? ownPlaces.value.find(({ name }) => name !== 'overview') ?? named('overview'))?.path ?? '/account'
}
