import { reactive, watch } from 'vue'
import { newKey } from '@/api/client'
import type { Application } from '@/api/sharing'
import type { Span, Way } from '@/api/terms'
import { dayEnd, daysAhead, dayStart } from './dates'

export interface AskDraft {
  /** Made with the draft: however often it is sent, it is one request. */
  key: string
  title: string
  items: string[]
  conditions: Record<string, string>
  purpose: string
  scenario: string
  basis: string
  starts: string
  ends: string
  ways: Way[]
  calls: string
  rate: string
  per: Span
  organisation: string
  description: string
  system: string
  expected: string
  leader: string
  steward: string
  operator: string
  phone: string
}

const usualDays = 90
export const emptyDraft = (): AskDraft => ({
  key: newKey(), title: '', items: [], conditions: {}, purpose: '', scenario: '', basis: '', starts: daysAhead(0), ends: daysAhead(usualDays),
  ways: ['records'], calls: '', rate: '', per: 'second', organisation: '', description: '', system: '', expected: '', leader: '', steward: '', operator: '', phone: '',
})

/** What is being asked for, kept until this window closes: also when the session ends in the middle of it. */
export function useAskDraft(node: string, dataset: string) {
  const storedAs = `quanyu.ask.${node}/${dataset}`
  const draft = reactive<AskDraft>({ ...emptyDraft(), ...stored(storedAs) })
  watch(draft, (now) => sessionStorage.setItem(storedAs, JSON.stringify(now)))
  const forget = () => {
    Object.assign(draft, emptyDraft())
    // After the watcher has written what was emptied.
    queueMicrotask(() => sessionStorage.removeItem(storedAs))
  }
  return { draft, forget }
}

function stored(name: string): Partial<AskDraft> {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<AskDraft>
  } catch {
    return {}
  }
}

const given = (text: string) => text.trim() || undefined
const wholeNumber = (text: string) => (given(text) ? Number(text) : null)

export function applicationOf(draft: AskDraft, dataset: string): Application {
  const rate = wholeNumber(draft.rate)
  return {
    dataset,
    title: draft.title.trim(),
    items: draft.items.map((name) => ({ name, condition: draft.conditions[name]?.trim() ?? '' })),
    purpose: draft.purpose.trim(),
    scenario: draft.scenario.trim(),
    basis: draft.basis.trim(),
    starts: dayStart(draft.starts),
    ends: dayEnd(draft.ends),
    ways: draft.ways,
    calls: wholeNumber(draft.calls),
    rate: rate === null ? null : { number: rate, per: draft.per },
    organisation: given(draft.organisation) ?? null,
    description: draft.description.trim(),
    system: draft.system.trim(),
    expected: draft.expected.trim(),
    leader: { name: draft.leader.trim() },
    steward: { name: draft.steward.trim(), phone: draft.phone.trim() },
    operator: { name: draft.operator.trim() },
  }
}

/** Back from an application that was returned. */
export function draftOf(said: Application): Partial<AskDraft> {
  return {
    title: said.title,
    items: said.items.map((one) => one.name),
    conditions: Object.fromEntries(said.items.map((one) => [one.name, one.condition ?? ''])),
    purpose: said.purpose,
    scenario: said.scenario ?? '',
    basis: said.basis,
    starts: said.starts.slice(0, 10),
    ends: said.ends.slice(0, 10),
    ways: said.ways ?? ['records'],
    calls: said.calls ? String(said.calls) : '',
    rate: said.rate ? String(said.rate.number) : '',
    per: said.rate?.per ?? 'second',
    organisation: said.organisation ?? '',
    description: said.description ?? '',
    system: said.system ?? '',
    expected: said.expected ?? '',
    leader: said.leader?.name ?? '',
    steward: said.steward?.name ?? '',
    operator: said.operator?.name ?? '',
    phone: said.steward?.phone ?? '',
  }
}
