import type { Definition, Need } from '@/api/cases'
import { session } from '@/composables/useSession'

export interface SharedAct {
  name: string
  needs: Need[]
  most?: { amount: number; unit?: string }
}

/** What is decided for one case at a time: a plan, a merger, an answer to a call. */
const single = new Set(['merge', 'solved', 'unsolved', 'archive', 'answered', 'declined'])

/** The actions that one of my roles may take in one of these states; whether a case takes it, the node says. */
export function sharedActs(definition: Definition | undefined, states: string[]): SharedAct[] {
  const roles = new Set(session.value?.roles)
  const here = new Set(states)
  return (definition?.actions ?? [])
    .filter((one) => one.from.some((state) => here.has(state)) && one.roles.some((role) => roles.has(role)) && !single.has(one.name) && !one.needs?.includes('branches'))
    .map((one) => ({ name: one.name, needs: one.needs ?? [] }))
}
