import type { LinkLine } from '@/api/contracts'

/** A figure of the balance: what a body gave or took in a year, with whom it exchanged anything, or the links of a `month`. */
export interface Behind {
  body: string
  side: 'given' | 'taken' | 'partners' | ''
  month: string
}

/** The lines that a figure counts; a month's links are between two bodies, whatever one of them asks of its own. */
export function balanceLines(lines: readonly LinkLine[], { body, side }: Behind): LinkLine[] {
  if (!body) return lines.filter((one) => one.provider !== one.consumer)
  return lines.filter((one) => (side !== 'taken' && one.provider === body) || (side !== 'given' && one.consumer === body))
}
