import type { ColumnProfile } from '@/api/profile'

/** Conditions on records as the node takes them, `column:op:value`; they stand in the address of the records. */
export const ops = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'has', 'null'] as const
export type Op = (typeof ops)[number]
export interface Condition {
  column: string
  op: Op
  value: string
}

const condition = (column: string, op: Op, value = ''): string => `${column}:${op}:${value}`

export function parseCondition(said: string): Condition | undefined {
  const [column = '', op = '', ...value] = said.split(':')
  return column && ops.includes(op as Op) ? { column, op: op as Op, value: value.join(':') } : undefined
}

/** The profile keeps so much of a text. */
const longestTop = 100

export const withoutValue = ({ name }: ColumnProfile): string[] => [condition(name, 'null')]
export const withValue = ({ name }: ColumnProfile, value: string): string[] => [condition(name, value.length < longestTop ? 'eq' : 'has', value)]

/** A class is named by its least value; what lies below the first or behind the last there is not. */
export function inClass({ name, histogram }: ColumnProfile, place: number): string[] {
  const own = place > 0 ? histogram[place] : undefined
  const next = histogram[place + 1]
  return [...(own ? [condition(name, 'ge', own[0])] : []), ...(next ? [condition(name, 'lt', next[0])] : [])]
}
