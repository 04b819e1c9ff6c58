import { may } from '@/composables/useSession'
import { ownPlaces } from './places'

/** A page behind a place, or one of its tabs: found by its own name. */
interface Corner {
  /** Key of its name, and of the page where it is. */
  name: string
  within: string
  path: string
  action: string
}

const corners: readonly Corner[] = [
  { name: 'cases.inbox', within: 'page.cases', path: '/cases', action: 'work.act' },
  { name: 'cases.press.title', within: 'page.cases', path: '/cases?tab=pressing', action: 'case.read' },
  { name: 'cases.all', within: 'page.cases', path: '/cases?tab=all', action: 'case.read' },
  { name: 'cases.report', within: 'page.cases', path: '/report', action: 'case.report' },
  { name: 'page.handover', within: 'page.cases', path: '/handover', action: 'case.hand_over' },
  { name: 'sources.title', within: 'page.imports', path: '/data/sources', action: 'source.read' },
  { name: 'scores.sheet', within: 'page.scores', path: '/scores', action: 'score.read' },
  { name: 'board.title', within: 'page.scores', path: '/scores/boards', action: 'score.read' },
  { name: 'budget.title', within: 'page.scores', path: '/scores/budgets', action: 'score.read' },
  { name: 'monthly.title', within: 'page.scores', path: '/scores/report', action: 'score.read' },
  { name: 'cityRule.new', within: 'page.rules', path: '/rules/new', action: 'act_rule.manage' },
  { name: 'flow.tab.workflows', within: 'page.rules', path: '/rules?tab=workflows', action: 'workflow.read' },
  { name: 'flow.tab.calendars', within: 'page.rules', path: '/rules?tab=calendars', action: 'workflow.read' },
  { name: 'flow.tab.limits', within: 'page.rules', path: '/rules?tab=limits', action: 'case.read' },
  { name: 'flow.tab.duties', within: 'page.rules', path: '/rules?tab=duties', action: 'case.read' },
  { name: 'flow.tab.codes', within: 'page.rules', path: '/rules?tab=codes', action: 'standard.read' },
  { name: 'page.start', within: 'page.system', path: '/start', action: 'account.own' },
  { name: 'account.title', within: 'page.system', path: '/account', action: 'account.own' },
  ...Object.entries({ health: 'system.read', links: 'source.read', queues: 'system.read', packs: 'pack.manage', accounts: 'account.read', organisations: 'organisation.read', why: 'account.read', backup: 'backup.run', settings: 'system.read' })
    .map(([tab, action]): Corner => ({ name: `system.tab.${tab}`, within: 'page.system', path: `/system?tab=${tab}`, action })),
]

export interface Wording {
  t: (key: string) => string
  te: (key: string) => boolean
}

export interface FoundPage {
  title: string
  /** The page where it is; none of a place of the rail. */
  within: string
  path: string
}

/** Pages that the session may open and that are called so, or as the catalogue says that people also call them (`search.also`). */
export function findPages(text: string, { t, te }: Wording): FoundPage[] {
  const wanted = text.toLowerCase()
  const also = (key: string) => (te(`search.also.${key}`) ? t(`search.also.${key}`) : '')
  const says = (...words: string[]) => words.join(' ').toLowerCase().includes(wanted)
  const places = ownPlaces.value.filter(({ name }) => says(t(`place.${name}`), t(`page.${name}`), also(`page.${name}`)))
  return [
    ...places.map(({ name, path }) => ({ title: t(`page.${name}`), within: '', path })),
    ...corners.filter(({ name, action }) => may(action) && says(t(name), also(name))).map(({ name, within, path }) => ({ title: t(name), within: t(within), path })),
  ]
}
