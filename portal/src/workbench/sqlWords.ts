import type { Table, TableFunction } from '@/api/workbench'

const plain = /^[a-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*$/i

/** A name as it stands in SQL: in quotes where it is not a plain word. */
export const quoted = (name: string): string => (plain.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

export const firstLook = (table: Table): string => `select *\nfrom ${quoted(table.name)}\nlimit 100`

/** A call with places for its tables. */
export function callOf(one: TableFunction): string {
  const tables = one.tables.filter((table) => table.needed).map((table) => `(select ${table.columns.join(', ')} from …)`)
  return `${one.name}(${[...tables, ...one.values.map((value) => `${value} => …`)].join(', ')})`
}

/** `line:column`, both from one, as a place in a text; undefined where the text has no such place. */
export function placeIn(text: string, where: string): number | undefined {
  const [line, column] = where.split(':').map(Number)
  if (!line || !column) return undefined
  const lines = text.split('\n')
  if (line > lines.length) return undefined
  const before = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0)
  return Math.min(before + column - 1, text.length)
}
