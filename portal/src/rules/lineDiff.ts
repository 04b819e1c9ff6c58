export interface DiffLine {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** What has to be added and removed, line by line, to make one text of another; by the longest common subsequence. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [left, right] = [linesOf(before), linesOf(after)]
  let head = 0
  while (head < left.length && head < right.length && left[head] === right[head]) head++
  let tail = 0
  while (tail < left.length - head && tail < right.length - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++
  const [a, b] = [left.slice(head, left.length - tail), right.slice(head, right.length - tail)]
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: 'same', text }))
  return [...same(left.slice(0, head)), ...between(a, b), ...same(left.slice(left.length - tail))]
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'))

function between(a: string[], b: string[]): DiffLine[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  }
  const found: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = (found.push({ kind: 'same', text: a[i]! }), [i + 1, j + 1])
    else if (i < a.length && (j === b.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) found.push({ kind: 'removed', text: a[i++]! })
    else found.push({ kind: 'added', text: b[j++]! })
  }
  return found
}

/** Only what has changed, each with some lines around it. */
export const around = (lines: DiffLine[], margin = 3): DiffLine[] => {
  const near = new Set(lines.flatMap((line, at) => (line.kind === 'same' ? [] : Array.from({ length: 2 * margin + 1 }, (_, step) => at - margin + step))))
  return lines.filter((_, at) => near.has(at))
}
