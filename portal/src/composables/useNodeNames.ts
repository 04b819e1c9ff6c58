import { useI18n } from 'vue-i18n'
import { readNodeNames, type ListedEntry, type NodeNames } from '@/api/nodes'
import { askedNames } from './askedNames'
import { may } from './useSession'

const names = askedNames(async (id) => Object.entries(await readNodeNames({ id, limit: id.length }, new AbortController().signal)))
const atOnce = 20

/** What other nodes are called, in English where they have such a name; one that nobody here knows by name goes by its id. */
export function useNodeNames() {
  const { locale } = useI18n()
  const nodeCalled = (one: NodeNames) => (locale.value === 'en' && one.name_en) || one.name
  /** Whose an entry of another node is. */
  const ownerName = (one: Pick<ListedEntry, 'owner' | 'owner_en'>) => (locale.value === 'en' && one.owner_en) || one.owner
  function nodeName(id: string): string {
    const found = may('catalogue.read') ? names.of(id) : undefined
    return found ? nodeCalled(found) : id
  }
  async function findNodes(q: string, signal: AbortSignal) {
    const found = Object.entries(await readNodeNames({ q, limit: atOnce + 1 }, signal))
    names.learn(found)
    return { choices: found.slice(0, atOnce).map(([value, one]) => ({ value, label: `${nodeCalled(one)} · ${value}` })), more: found.length > atOnce }
  }
  return { nodeCalled, nodeName, ownerName, findNodes }
}
