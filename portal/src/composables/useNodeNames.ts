import { shallowRef } from 'vue'
import { readNodeNames } from '@/api/nodes'
import { may } from './useSession'

const names = shallowRef<Record<string, string>>({})
let asking: Promise<void> | undefined

/** What other nodes are called, asked for once; one that nobody here knows by name goes by its id. */
export function useNodeNames() {
  if (may('catalogue.read')) asking ??= readNodeNames(new AbortController().signal)
    .then((found) => void (names.value = found))
    .catch(() => void (asking = undefined))
  return { nodeName: (id: string) => names.value[id] ?? id }
}
