import { useCaseWords } from '@/cases/useCaseWords'
import { useBodies } from '@/composables/useBodies'
import { personCalled } from '@/composables/personCalled'

const between = ' · '

/** Bodies, regions, posts and people that figures stand for, as the reader calls them; `said` is what the node calls them. */
export function useKeyNames() {
  const { bodyName, roleNames } = useCaseWords()
  const { regionName } = useBodies()

  function keyName(by: string, key: string, said: string): string {
    if (by === 'department') return bodyName(key, said)
    if (by === 'area') return regionName(key, said)
    if (by === 'post') return roleNames([key])
    // Somebody in a post: 周明 · 派遣员.
    if (by === 'person') return said.split(between).map(personCalled).join(between) || key
    return said || key
  }
  return { keyName }
}
