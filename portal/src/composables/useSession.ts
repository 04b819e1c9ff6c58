import { computed, ref, shallowRef } from 'vue'
import { closeSession, readNode, readSession, type NodeFacts, type Session } from '@/api/session'

export const session = shallowRef<Session>()
export const node = shallowRef<NodeFacts>()
/** True when the node has said that the session is over while a page is open; the page stays, a dialog asks. */
export const sessionEnded = ref(false)
/** What anybody may do here, signed in or not. */
const openActions = shallowRef<string[]>([])
export const signedIn = computed(() => session.value !== undefined)

/** Whether to offer an act at all; the node decides again on every request. */
export const may = (action: string): boolean => (session.value?.actions ?? openActions.value).includes(action)

export async function findSession(): Promise<void> {
  const found = await readSession()
  session.value = found.signed_in ? found : undefined
  if (!found.signed_in) openActions.value = found.actions
}

export async function findNode(): Promise<void> {
  node.value = await readNode().catch(() => undefined)
}

export function enter(opened: Session): void {
  session.value = opened
  sessionEnded.value = false
}

export async function leave(): Promise<void> {
  await closeSession()
  session.value = undefined
}
