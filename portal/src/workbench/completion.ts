import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { Table } from '@/api/workbench'
import { quoted } from './sqlWords'
import type { TableSearch } from './tableSearch'

/** The words that the node's reader of queries takes; no others are proposed. */
const words =
  'select from where group by order limit offset having join left right full on using as and or not in is null like between case when then else end distinct union all with desc asc over partition exists interval date'.split(' ')
const functions =
  'count sum avg min max median stddev abs ceil floor round sqrt ln exp pow greatest least coalesce nullif lower upper length trim substring left right replace contains starts_with ends_with concat year month day quarter week date_trunc date_diff strftime cast row_number rank lag lead'.split(' ')
const word = /[\w\u4e00-\u9fff]*$/
const behind = /("(?:[^"]|"")+"|[\w\u4e00-\u9fff-]+)\.([\w\u4e00-\u9fff]*)$/
const aliased = /(?:from|join)\s+("(?:[^"]|"")+"|[\w\u4e00-\u9fff]+)(?:\s+(?:as\s+)?([a-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*))?/gi

const bare = (name: string) => name.replace(/^"|"$/g, '').replaceAll('""', '"')
const folded = (name: string) => bare(name).toLowerCase()
/** What a query reads from, by name, whether these are datasets or not; as written and in small letters. */
const namesIn = (sql: string) => [...sql.matchAll(aliased)].flatMap(([, name]) => [bare(name!), folded(name!)])

/** Columns of the datasets that the query names come first, then datasets, words and functions. */
export function completing(search: TableSearch) {
  return async ({ pos, state, explicit }: CompletionContext): Promise<CompletionResult | null> => {
    const before = state.doc.sliceString(Math.max(0, pos - 200), pos)
    const qualified = behind.exec(before)
    const typed = word.exec(before)![0]
    if (!qualified && !typed && !explicit) return null
    const text = state.doc.toString()
    const named = datasetsIn(text, await search.named(namesIn(text)))
    if (qualified) {
      const table = named.get(folded(qualified[1]!)) ?? (await search.named([bare(qualified[1]!)]))[0]
      return table ? { from: pos - qualified[2]!.length, options: columnsOf(table, 2) } : null
    }
    const found = await search.found(typed)
    const used = new Set(named.values())
    const options: Completion[] = [
      ...[...used].flatMap((table) => columnsOf(table, 2)),
      ...(used.size ? [] : found.tables.flatMap((table) => columnsOf(table, 0))),
      ...found.tables.map((table) => ({ label: table.name, apply: quoted(table.name), detail: table.title, boost: 1 })),
      ...words.map((one) => ({ label: one })),
      ...functions.map((one) => ({ label: one, apply: `${one}(`, detail: '( )' })),
    ]
    return { from: pos - typed.length, options: unlike(options), validFor: found.all ? /^[\w\u4e00-\u9fff]*$/ : undefined }
  }
}

const columnsOf = (table: Table, boost: number): Completion[] =>
  table.columns.map((column) => ({ label: column.name, apply: quoted(column.name), detail: table.title || table.name, boost }))

/** The same column of several datasets is proposed once. */
const unlike = (options: Completion[]): Completion[] => [...new Map(options.map((one) => [one.label, one])).values()]

/** By name and by alias, the datasets that a query reads from. */
function datasetsIn(sql: string, tables: readonly Table[]): Map<string, Table> {
  const known = new Map(tables.map((table) => [table.name.toLowerCase(), table]))
  const found = new Map<string, Table>()
  for (const [, name, alias] of sql.matchAll(aliased)) {
    const table = known.get(folded(name!))
    if (!table) continue
    found.set(folded(name!), table)
    if (alias) found.set(alias.toLowerCase(), table)
  }
  return found
}
