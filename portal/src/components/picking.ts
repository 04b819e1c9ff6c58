export interface Choice {
  value: string
  label: string
}

export interface Found {
  choices: Choice[]
  /** There are others beside these. */
  more: boolean
}

const atOnce = 50

/** What is called just as it was typed, what begins so, then the others: the order in which the node finds. */
export function nearestFirst(choices: Choice[], words: string): Choice[] {
  const said = words.toLowerCase()
  const names = (one: Choice) => [one.label.toLowerCase(), one.value.toLowerCase()]
  const far = (one: Choice) => (names(one).includes(said) ? 0 : names(one).some((name) => name.startsWith(said)) ? 1 : 2)
  return [...choices].sort((one, other) => far(one) - far(other))
}

/** Of choices that are all here. */
export function findAmong(choices: Choice[]): (words: string) => Promise<Found> {
  return async (words) => {
    const found = choices.filter((one) => `${one.label} ${one.value}`.toLowerCase().includes(words.toLowerCase()))
    return { choices: nearestFirst(found, words).slice(0, atOnce), more: found.length > atOnce }
  }
}
