import { reactive } from 'vue'
import { waysOf, type Condition, type Mask, type MaskKind, type Operator, type Span, type Terms, type Way } from '@/api/terms'
import { dayEnd, dayOf, dayStart } from './dates'

export interface MaskDraft {
  kind: MaskKind | ''
  /** What the kind needs: characters kept, step or unit, days, or the kind of content. */
  value: string
}

export interface TermsDraft {
  purpose: string
  basis: string
  starts: string
  ends: string
  ways: Way[]
  calls: string
  rate: string
  per: Span
  rows: string
  group: string
  deleteAfter: string
  onward: boolean
  checkKey: string[]
  masks: Record<string, MaskDraft>
  where: { column: string; op: Operator; value: string }[]
}

const text = (value: number | null | undefined) => (value ? String(value) : '')
const units = ['month', 'quarter', 'year'] as const
const maskValue = (mask: Mask) => String(mask.keep ?? mask.unit ?? mask.step ?? mask.days ?? mask.content ?? '')

export const termsDraft = (terms: Terms) =>
  reactive<TermsDraft>({
    purpose: terms.purpose,
    basis: terms.basis,
    starts: dayOf(terms.starts),
    ends: dayOf(terms.ends),
    ways: [...waysOf(terms)],
    calls: text(terms.calls),
    rate: text(terms.rate?.number),
    per: terms.rate?.per ?? 'second',
    rows: text(terms.rows),
    group: (terms.group ?? 0) > 1 ? String(terms.group) : '',
    deleteAfter: text(terms.delete_after_days),
    onward: terms.onward ?? false,
    checkKey: [...(terms.check_key ?? [])],
    masks: Object.fromEntries(Object.entries(terms.masks ?? {}).map(([column, mask]) => [column, { kind: mask.kind, value: maskValue(mask) }])),
    where: (terms.where ?? []).map((one) => ({ column: one.column, op: one.op, value: Array.isArray(one.value) ? one.value.join(',') : String(one.value ?? '') })),
  })

const number = (value: string) => (value.trim() ? Number(value) : null)

function maskOf({ kind, value }: MaskDraft): Mask | undefined {
  const unit = units.find((one) => one === value)
  switch (kind) {
    case '':
      return undefined
    case 'truncate':
      return { kind, keep: Number(value || '0') }
    case 'generalise':
      return unit ? { kind, unit } : { kind, step: Number(value || '0') }
    case 'shift':
      return { kind, days: Number(value || '0') }
    case 'redact':
      return { kind, content: value }
    default:
      return { kind }
  }
}

/** A value as JSON has it: what looks like a number is compared as one. */
const scalar = (value: string) => (value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value.trim())

function conditionOf({ column, op, value }: TermsDraft['where'][number]): Condition {
  if (op === 'known' || op === 'unknown') return { column, op }
  if (op === 'in') return { column, op, value: value.split(/[,，]/).map(scalar) }
  return { column, op, value: op === 'starts' ? value : scalar(value) }
}

/** The moment stays as it was agreed while the day is not changed. */
const kept = (day: string, before: string, made: (day: string) => string) => (dayOf(before) === day ? before : made(day))

/** `base` keeps what the form does not show: anonymity and noise. */
export function termsOf(draft: TermsDraft, base: Terms, columns: string[]): Terms {
  const masks = columns.flatMap((column): [string, Mask][] => {
    const mask = draft.masks[column] && maskOf(draft.masks[column])
    return mask ? [[column, mask]] : []
  })
  return {
    ...base,
    columns,
    purpose: draft.purpose.trim(),
    basis: draft.basis.trim(),
    starts: kept(draft.starts, base.starts, dayStart),
    ends: kept(draft.ends, base.ends, dayEnd),
    ways: draft.ways,
    calls: number(draft.calls),
    rate: draft.rate.trim() ? { number: Number(draft.rate), per: draft.per } : null,
    rows: number(draft.rows),
    group: number(draft.group) ?? 0,
    delete_after_days: number(draft.deleteAfter),
    onward: draft.onward,
    check_key: draft.ways.includes('check') ? draft.checkKey.filter((one) => columns.includes(one)) : [],
    masks: Object.fromEntries(masks),
    where: draft.where.filter((one) => one.column).map(conditionOf),
  }
}
