import { nextTick, shallowRef, watch } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { ApiError } from './api/client'
import { asApiError } from './composables/useLoad'
import { findSession, session, signedIn } from './composables/useSession'
import { i18n, learnTheRest } from './i18n'

const pages: RouteRecordRaw[] = [
  // A guard rather than a redirect: it is asked after the session is known.
  { path: '', beforeEnter: async () => await (await import('./frame/places')).firstPath(), component: () => import('./frame/NotFoundPage.vue') },
  { path: 'start', component: () => import('./start/StartPage.vue'), meta: { title: 'page.start' } },
  { path: 'overview', component: () => import('./overview/OverviewPage.vue'), meta: { title: 'page.overview' } },
  { path: 'indicators', component: () => import('./indicators/IndicatorsPage.vue'), meta: { title: 'page.indicators' } },
  { path: 'indicators/:code', component: () => import('./indicators/IndicatorPage.vue'), meta: { title: 'page.indicators' } },
  { path: 'rules', component: () => import('./rules/RulesPage.vue'), meta: { title: 'page.rules' } },
  { path: 'rules/new', component: () => import('./rules/RuleBuilder.vue'), meta: { title: 'cityRule.new' } },
  { path: 'rules/workflows/:name', component: () => import('./rules/WorkflowPage.vue'), meta: { title: 'flow.tab.workflows' } },
  { path: 'rules/:name', component: () => import('./rules/RulePage.vue'), meta: { title: 'page.rules' } },
  { path: 'styleguide', component: () => import('./styleguide/StyleguidePage.vue'), meta: { title: 'page.styleguide' } },
  { path: 'map', component: () => import('./map/MapPage.vue'), meta: { title: 'page.map' } },
  { path: 'cases', component: () => import('./cases/CasesPage.vue'), meta: { title: 'page.cases' } },
  { path: 'cases/:number', component: () => import('./cases/CasePage.vue'), meta: { title: 'cases.one' } },
  { path: 'handover', component: () => import('./handover/HandoverPage.vue'), meta: { title: 'page.handover' } },
  { path: 'work/:id', component: () => import('./cases/WorkPage.vue'), meta: { title: 'cases.assignment' } },
  { path: 'data', redirect: '/data/imports' },
  { path: 'data/imports', component: () => import('./imports/ImportsPage.vue'), meta: { title: 'page.imports' } },
  { path: 'data/imports/:id', component: () => import('./imports/ImportPage.vue'), meta: { title: 'imports.one' } },
  { path: 'data/sources', component: () => import('./sources/SourcesPage.vue'), meta: { title: 'sources.title' } },
  { path: 'data/workbench', component: () => import('./workbench/WorkbenchPage.vue'), meta: { title: 'page.workbench' } },
  { path: 'catalogue', component: () => import('./catalogue/CataloguePage.vue'), meta: { title: 'page.catalogue' } },
  { path: 'catalogue/nodes/:node/:name', component: () => import('./catalogue/ListedEntryPage.vue'), meta: { title: 'page.catalogue' } },
  { path: 'catalogue/:name', component: () => import('./catalogue/EntryPage.vue'), meta: { title: 'page.catalogue' } },
  { path: 'sharing', component: () => import('./sharing/SharingPage.vue'), meta: { title: 'page.sharing' } },
  { path: 'sharing/ask', component: () => import('./sharing/AskPage.vue'), meta: { title: 'ask.page' } },
  { path: 'sharing/requests/:id', component: () => import('./sharing/RequestPage.vue'), meta: { title: 'page.sharing' } },
  { path: 'sharing/asked/:id', component: () => import('./sharing/AskedPage.vue'), meta: { title: 'page.sharing' } },
  { path: 'sharing/contracts/:id', component: () => import('./sharing/ContractPage.vue'), meta: { title: 'contract.one' } },
  { path: 'sharing/returns/:id', component: () => import('./sharing/ReturnPage.vue'), meta: { title: 'returned.one' } },
  { path: 'sharing/disputes/:id', component: () => import('./sharing/DisputePage.vue'), meta: { title: 'dispute.one' } },
  { path: 'sharing/elements/:code', component: () => import('./sharing/ElementPage.vue'), meta: { title: 'element.one' } },
  { path: 'nodes', component: () => import('./nodes/NodesPage.vue'), meta: { title: 'page.nodes' } },
  { path: 'quality', component: () => import('./quality/QualityPage.vue'), meta: { title: 'page.quality' } },
  { path: 'quality/:name', component: () => import('./quality/DatasetQualityPage.vue'), meta: { title: 'page.quality' } },
  { path: 'quality/:name/quarantine', component: () => import('./quality/QuarantinePage.vue'), meta: { title: 'quarantine.title' } },
  { path: 'trace/:id', component: () => import('./trace/TracePage.vue'), meta: { title: 'trace.title' } },
  { path: 'fusion', component: () => import('./fusion/FusionPage.vue'), meta: { title: 'page.fusion' } },
  { path: 'scores', component: () => import('./scores/ScoresPage.vue'), meta: { title: 'page.scores' } },
  { path: 'scores/boards', component: () => import('./scores/BoardsPage.vue'), meta: { title: 'board.title' } },
  { path: 'scores/budgets', component: () => import('./scores/BudgetsPage.vue'), meta: { title: 'budget.title' } },
  { path: 'scores/report', component: () => import('./scores/ReportPage.vue'), meta: { title: 'monthly.title' } },
  { path: 'packs/:pack?/:view?', component: () => import('./packs/PacksPage.vue'), meta: { title: 'page.packs' } },
  { path: 'evidence', component: () => import('./evidence/EvidencePage.vue'), meta: { title: 'page.evidence' } },
  { path: 'system', component: () => import('./system/SystemPage.vue'), meta: { title: 'page.system' } },
  { path: 'account', component: () => import('./system/AccountPage.vue'), meta: { title: 'account.title' } },
  { path: ':rest(.*)*', component: () => import('./frame/NotFoundPage.vue'), meta: { title: 'frame.notFound' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/signin', component: () => import('./signin/SignInPage.vue'), meta: { title: 'signin.title', open: true } },
    {
      path: '/report',
      component: () => import('./report/ResidentFrame.vue'),
      meta: { open: true },
      children: [
        { path: '', component: () => import('./report/ReportPage.vue'), meta: { title: 'report.title' } },
        { path: '/nearby', component: () => import('./nearby/NearbyPage.vue'), meta: { title: 'nearby.title' } },
        { path: '/open', component: () => import('./open/OpenPage.vue'), meta: { title: 'open.page' } },
        { path: '/open/:name', component: () => import('./open/OpenEntryPage.vue'), meta: { title: 'open.page' } },
        { path: '/follow/:number?', component: () => import('./report/FollowPage.vue'), meta: { title: 'follow.title' } },
      ],
    },
    {
      path: '/field',
      component: () => import('./field/FieldFrame.vue'),
      children: [
        { path: '', component: () => import('./field/FieldPage.vue'), meta: { title: 'page.field' } },
        { path: ':instance/:position', component: () => import('./field/TaskPage.vue'), meta: { title: 'field.one' } },
      ],
    },
    // Fetched when somebody signs in: who reports does without it.
    { path: '/', component: () => import('./frame/SignedInFrame.vue'), children: pages },
  ],
})

let asked = false
router.beforeEach(async (to) => {
  // Who reports needs no session, and may be without network.
  if (!asked) asked = await findSession().then(() => true, (cause: unknown) => (to.meta.open ? false : Promise.reject(cause)))
  if (to.meta.open) return true
  if (!signedIn.value) return { path: '/signin', query: { next: to.fullPath } }
  await learnTheRest()
  return session.value?.must_change_password && to.path !== '/signin' ? { path: '/signin', query: { next: to.fullPath } } : true
})

/** Why the page that was asked for is not there: the node does not answer, or the network is cut. */
export const lost = shallowRef<ApiError>()
router.onError((cause) => (lost.value = asApiError(cause)))
router.afterEach(() => (lost.value = undefined))

/** A figure may lead to its records on the same page: they come into sight and have the keys. */
router.afterEach(({ hash, path }, from) => {
  if (hash && path === from.path) void nextTick(() => document.getElementById(hash.slice(1))?.focus())
})

function showTitle(): void {
  const title = router.currentRoute.value.meta.title as string | undefined
  const { t } = i18n.global
  document.title = title ? `${t(title)} · ${t('frame.brand')}` : t('frame.brand')
}
router.afterEach(showTitle)
watch(() => i18n.global.locale.value, showTitle)
