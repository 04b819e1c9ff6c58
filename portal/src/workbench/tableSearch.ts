import { listTables, type Table } from '@/api/workbench'

export interface TableSearch {
  /** Those of these names, each asked for once. */
  named: (names: readonly string[]) => Promise<Table[]>
  /** Some whose names, titles or columns have these words in them, and whether these are all. */
  found: (words: string) => Promise<{ tables: Table[]; all: boolean }>
}

const atOnce = 30
const mostNamed = 100
const ever = new AbortController().signal

/** What the editor proposes is asked of the node: a city has more datasets than a page can know. */
export function tableSearch(): TableSearch {
  const known = new Map<string, Table | undefined>()

  async function named(names: readonly string[]): Promise<Table[]> {
    const unknown = names.filter((name) => !known.has(name)).slice(0, mostNamed)
    if (unknown.length) {
      const { items } = await listTables({ name: unknown, limit: mostNamed }, ever)
      unknown.forEach((name) => known.set(name, items.find((one) => one.name === name)))
    }
    return [...new Set(names)].flatMap((name) => known.get(name) ?? [])
  }
  async function found(words: string) {
    const page = await listTables({ q: words, limit: atOnce }, ever)
    return { tables: page.items, all: !page.next }
  }
  return { named, found }
}
