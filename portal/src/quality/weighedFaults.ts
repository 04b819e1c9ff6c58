import type { QuarantinedRow, RowFault } from '@/api/quarantine'
import type { StoredRule } from '@/api/quality'

export interface WeighedFault extends RowFault {
  refusing: boolean
}

/** The faults of a record, those that keep it out of the dataset before those that are only counted. */
export function weighFaults(row: QuarantinedRow, rules: readonly StoredRule[]): WeighedFault[] {
  const flagging = new Set(rules.filter(({ body }) => body.severity === 'flag').map(({ body }) => body.name))
  return row.faults
    .map((fault) => ({ ...fault, refusing: !flagging.has(fault.rule) }))
    .sort((one, other) => Number(other.refusing) - Number(one.refusing))
}

export const sayFault = (fault: RowFault): string => fault.message || fault.reason

/** How bad a cell is: kept out because of it, only counted, or fine. */
export function cellWeight(faults: readonly WeighedFault[], column: string): 'refused' | 'flagged' | undefined {
  const mine = faults.filter((fault) => fault.columns.includes(column))
  if (!mine.length) return undefined
  return mine.some((fault) => fault.refusing) ? 'refused' : 'flagged'
}
