import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError } from '@/api/client'
import { closeSession, readNode, readSession, type NodeFacts, type Session } from '@/api/session'
import { i18n } from '@/i18n'
import { asLastSaid, empty } from '@/offline/store'

export const session = shallowRef<Session>()
export const node = shallowRef<NodeFacts>()
export const cityName = computed(() => (i18n.global.locale.value === 'en' ? node.value?.city_en : node.value?.city) ?? '')
/** True when the node has said that the session is over while a page is open; the page stays, a dialog asks. */
export const sessionEnded = ref(false)
/** What anybody may do here, signed in or not. */
const openActions = shallowRef<string[]>([])
export const signedIn = computed(() => session.value !== undefined)

/** Whether to offer an act at all; the node decides again on every request. */
export const may = (action: string): boolean => (session.value?.actions ?? openActions.value).includes(action)

export async function findSession(): Promise<void> {
  const found = await readSession().catch(lastKnown)
  session.value = found.signed_in ? found : undefined
  if (!found.signed_in) openActions.value = found.actions
}

const storedAs = 'quanyu.session'

/** Who is working here, for pages that open without network; no right comes of it, the node asks again. */
export function rememberSession(): void {
  if (session.value) localStorage.setItem(storedAs, JSON.stringify(session.value))
}

function lastKnown(cause: unknown): Session {
  const stored = localStorage.getItem(storedAs)
  if (!stored || !(cause instanceof ApiError) || cause.status !== 0) throw cause
  return JSON.parse(stored) as Session
}

export async function findNode(): Promise<void> {
  node.value = await asLastSaid('node', readNode).catch(() => undefined)
}

/** Somebody else than before begins anew: what is on the page was not theirs. */
export function enter(opened: Session): void {
  if (sessionEnded.value && session.value?.id !== opened.id) return location.reload()
  session.value = opened
  sessionEnded.value = false
}

/** The page stays, a dialog asks; whether the same person is back. */
export async function askToSignInAgain(): Promise<boolean> {
  const before = session.value
  if (!before) return false
  sessionEnded.value = true
  await new Promise<void>((decided) => watch(sessionEnded, () => decided(), { once: true }))
  return session.value !== before
}

export async function leave(): Promise<void> {
  await closeSession()
  localStorage.removeItem(storedAs)
  await empty('snapshots').catch(() => undefined)
  session.value = undefined
}
