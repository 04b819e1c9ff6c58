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

/** What is called just as it was typed is what was meant. */
export function exactFirst(found: Found, words: string): Found {
  const isMeant = (one: Choice) => one.label.toLowerCase() === words.toLowerCase() || one.value === words
  return { ...found, choices: [...found.choices.filter(isMeant), ...found.choices.filter((one) => !isMeant(one))] }
}

/** Of choices that are all here. */
export function findAmong(choices: Choice[]): (words: string) => Promise<Found> {
  return async (words) => {
    const found = choices.filter((one) => `${one.label} ${one.value}`.toLowerCase().includes(words.toLowerCase()))
    return { choices: found.slice(0, atOnce), more: found.length > atOnce }
  }
}
