import type { Row } from '@/api/contracts'
import type { Terms } from '@/api/terms'

const most = 20

/** Values by which the node finds this one record again: the key of the contract, else a column that is different in each row seen, else
 *  all that is shown as it is. What is masked cannot be searched for. */
export function namesRecord(row: Row, rows: Row[], terms: Terms, field: string): Record<string, string> {
  const plain = terms.columns.filter((column) => !(column in (terms.masks ?? {})) && row[column] !== null && row[column] !== undefined && typeof row[column] !== 'object')
  const key = (terms.check_key ?? []).filter((column) => plain.includes(column))
  const single = plain.find((column) => column !== field && new Set(rows.map((one) => one[column])).size === rows.length)
  const chosen = key.length ? key : single ? [single] : plain.filter((column) => column !== field).slice(0, most)
  return Object.fromEntries((chosen.length ? chosen : plain.slice(0, most)).map((column) => [column, String(row[column])]))
}
