import { shallowRef } from 'vue'

/** What is shown together is asked for together. */
const most = 100

export interface Asked<T> {
  /** Undefined until it is known, and where there is no such thing. */
  of: (id: string) => T | undefined
  /** What another answer told. */
  learn: (told: Iterable<readonly [string, T]>) => void
  /** Each is asked for anew when it is shown next. */
  forget: () => void
}

/** Things by their ids, of which those are asked for that are shown, once. */
export function askedNames<T>(ask: (ids: string[]) => Promise<Iterable<readonly [string, T]>>): Asked<T> {
  const known = shallowRef<ReadonlyMap<string, T>>(new Map())
  const asked = new Set<string>()
  let waiting: string[] = []

  const learn = (told: Iterable<readonly [string, T]>) => void (known.value = new Map([...known.value, ...told]))
  function askAll(): void {
    const ids = waiting
    waiting = []
    for (let at = 0; at < ids.length; at += most) {
      const part = ids.slice(at, at + most)
      ask(part).then(learn, () => part.forEach((id) => asked.delete(id)))
    }
  }
  function of(id: string): T | undefined {
    if (id && !asked.has(id) && !known.value.has(id)) {
      asked.add(id)
      if (waiting.push(id) === 1) setTimeout(askAll)
    }
    return known.value.get(id)
  }
  function forget(): void {
    asked.clear()
    known.value = new Map()
  }
  return { of, learn, forget }
}
