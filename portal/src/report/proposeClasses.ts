import type { CaseClass } from '@/api/reports'

const most = 5
const enough = 0.3

/** Classes that the words speak of, the likeliest first; only those that have none below them. */
export function proposeClasses(classes: readonly CaseClass[], text: string): CaseClass[] {
  const said = text.toLowerCase()
  const above = new Set(classes.map((one) => one.parent))
  return classes
    .filter((one) => !above.has(one.code))
    .map((one) => ({ one, match: matchOf(one, said) }))
    .filter(({ match }) => match >= enough)
    .sort((left, right) => right.match - left.match)
    .slice(0, most)
    .map(({ one }) => one)
}

function matchOf(one: CaseClass, said: string): number {
  const names = [...Object.values(one.titles), ...one.words].map((name) => name.toLowerCase())
  return Math.max(0, ...names.map((name) => (said.includes(name) ? 1 + name.length / 100 : share(parts(name), said))))
}

/** English words, and each two neighbours of Chinese characters. */
function parts(name: string): string[] {
  const words = name.match(/[a-z]{4,}/g) ?? []
  const chinese = name.replace(/[^\u4e00-\u9fff]/g, '')
  return [...words, ...Array.from({ length: Math.max(0, chinese.length - 1) }, (_, at) => chinese.slice(at, at + 2))]
}

const share = (found: string[], said: string) => (found.length ? found.filter((part) => said.includes(part)).length / found.length : 0)
