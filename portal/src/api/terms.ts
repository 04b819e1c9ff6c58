/** The terms of a contract. The node leaves out what is as usual, so most members may be missing. */

export const ways = ['records', 'sql', 'file', 'changes', 'check', 'entities', 'sandbox'] as const
export type Way = (typeof ways)[number]
export const spans = ['second', 'hour', 'day'] as const
export type Span = (typeof spans)[number]
export const operators = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'starts', 'known', 'unknown'] as const
export type Operator = (typeof operators)[number]
export const maskKinds = ['hide', 'hash', 'token', 'truncate', 'generalise', 'shift', 'redact'] as const
export type MaskKind = (typeof maskKinds)[number]

type Scalar = string | number | boolean

export interface Rate {
  number: number
  per: Span
}

export interface Condition {
  column: string
  op: Operator
  value?: Scalar | Scalar[] | null
}

export interface Mask {
  kind: MaskKind
  keep?: number
  step?: number
  unit?: 'month' | 'quarter' | 'year'
  days?: number
  content?: string
}

export interface Terms {
  columns: string[]
  purpose: string
  basis: string
  starts: string
  ends: string
  ways?: Way[]
  rate?: Rate | null
  calls?: number | null
  rows?: number | null
  where?: Condition[]
  masks?: Record<string, Mask>
  group?: number
  anonymity?: { k: number; columns: string[] } | null
  noise?: { epsilon: number; budget: number; bounds?: Record<string, [number, number]> } | null
  check_key?: string[]
  onward?: boolean
  delete_after_days?: number | null
}

export const waysOf = (terms: Terms): Way[] => terms.ways ?? ['records']
