import type { Answer, Application, Effect } from '@/api/sharing'
import type { Terms } from '@/api/terms'

/** What somebody does with a request, with what the act needs. */
export interface Done {
  act: string
  reason?: string
  answer?: Answer
  terms?: Terms
  effect?: Effect
  sm3?: string
  application?: Application
}

/** Acts with a form of their own; all others need a reason at most. */
export const formed = ['answer', 'sign', 'counter', 'report', 'resubmit'] as const
export type Formed = (typeof formed)[number]
export const isFormed = (act: string): act is Formed => formed.some((one) => one === act)

/** The way on first, what ends it last. */
const order = ['answer', 'authorise', 'forward', 'sign', 'report', 'resubmit', 'accept_report', 'overrule', 'uphold', 'object', 'counter', 'return', 'return_report', 'let_be', 'withhold', 'decline', 'reject', 'withdraw']
export const ordered = (acts: readonly string[]): string[] => [...acts].sort((one, other) => order.indexOf(one) - order.indexOf(other))

const ending = new Set(['withhold', 'decline', 'reject', 'withdraw', 'let_be', 'uphold'])
export const isEnding = (act: string): boolean => ending.has(act)
