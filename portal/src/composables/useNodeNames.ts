import { readNodeNames } from '@/api/nodes'
import { askedNames } from './askedNames'
import { may } from './useSession'

const names = askedNames(async (id) => Object.entries(await readNodeNames({ id, limit: id.length }, new AbortController().signal)))
const atOnce = 20

/** What other nodes are called; one that nobody here knows by name goes by its id. */
export function useNodeNames() {
  const nodeName = (id: string) => (may('catalogue.read') ? names.of(id) : undefined) ?? id
  async function findNodes(q: string, signal: AbortSignal) {
    const found = Object.entries(await readNodeNames({ q, limit: atOnce + 1 }, signal))
    names.learn(found)
    return { choices: found.slice(0, atOnce).map(([value, name]) => ({ value, label: `${name} · ${value}` })), more: found.length > atOnce }
  }
  return { nodeName, findNodes }
}
