import type { Definition } from '@/api/cases'
import type { OpenAct } from './openActs'

/** What things are called, and how a sentence is made of them. */
interface Words {
  t: (key: string, named: Record<string, string | number>) => string
  counted: (key: string, n: number) => string
  state: (name: string) => string
  roles: (names: readonly string[]) => string
}

/** What follows when an act is done: where the work goes, whose move it is then, and what happens to the clock. */
export function consequence(act: OpenAct, definition: Definition | undefined, words: Words): string {
  const action = definition?.actions.find((one) => one.name === act.name)
  if (action?.assigns) return words.t(`cases.then.${action.assigns}`, {})
  if (act.to) return led(act.to, definition, words, action?.counts)
  if (action) return words.t('cases.then.noted', {})
  const approval = definition?.approvals?.find((one) => one.name === act.name)
  if (!approval) return act.name === 'resume' ? words.t('cases.then.resumed', {}) : ''
  const granted = words.t(`cases.then.${approval.kind}`, { who: words.roles(approval.grant), state: approval.to ? words.state(approval.to) : '' })
  return granted + countedAgainst(approval.counts, words)
}

function led(to: string, definition: Definition | undefined, words: Words, counts?: string | null): string {
  const state = definition?.states.find((one) => one.name === to)
  if (!state) return ''
  if (state.final) return words.t('cases.then.ends', { state: words.state(to) })
  if (state.call) return words.t('cases.then.elsewhere', {})
  return words.t('cases.then.next', { who: words.roles(state.role ? [state.role] : []) }) + clock(state, words) + countedAgainst(counts, words)
}

const countedAgainst = (number: string | null | undefined, words: Words): string => (number ? words.t('cases.then.counted', {}) : '')

function clock({ limit, limit_from: own }: Definition['states'][number], words: Words): string {
  if (own) return words.t('cases.then.ownLimit', {})
  return limit ? words.counted(`cases.then.${limit.unit ?? 'hours'}`, limit.amount) : ''
}
