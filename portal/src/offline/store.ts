/** What must outlive a network cut, in the browser's own database: snapshots to read, acts and reports to send. */

export type Shelf = 'snapshots' | 'acts' | 'reports'

const name = 'quanyu'
const version = 1
let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, version)
    asked.onupgradeneeded = () => {
      for (const shelf of ['snapshots', 'acts', 'reports'] satisfies Shelf[]) asked.result.createObjectStore(shelf)
    }
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  return opened
}

/** Done when it is on disk, not when it is asked for. */
async function run<T>(shelf: Shelf, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const base = await open()
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(shelf, mode)
    const asked = ask(transaction.objectStore(shelf))
    transaction.oncomplete = () => resolve(asked.result)
    transaction.onabort = () => reject(transaction.error)
  })
}

export const keep = (shelf: Shelf, key: string, value: unknown) => run(shelf, 'readwrite', (store) => store.put(value, key))
export const kept = <T>(shelf: Shelf, key: string) => run<T | undefined>(shelf, 'readonly', (store) => store.get(key) as IDBRequest<T | undefined>)
export const allKept = <T>(shelf: Shelf) => run<T[]>(shelf, 'readonly', (store) => store.getAll() as IDBRequest<T[]>)
export const drop = (shelf: Shelf, key: string) => run(shelf, 'readwrite', (store) => store.delete(key))
export const empty = (shelf: Shelf) => run(shelf, 'readwrite', (store) => store.clear())

/** What the node says, kept on this device; where it cannot be reached, what it said last. */
export async function asLastSaid<T>(key: string, ask: () => Promise<T>): Promise<T> {
  try {
    const said = await ask()
    void keep('snapshots', key, said).catch(() => undefined)
    return said
  } catch (cause) {
    const before = await kept<T>('snapshots', key).catch(() => undefined)
    if (before === undefined) throw cause
    return before
  }
}

/** One sender at a time, over all windows where the browser can; the key of each act makes the rest harmless. */
let before: Promise<unknown> = Promise.resolve()
export function alone<T>(task: string, work: () => Promise<T>): Promise<T> {
  if ('locks' in navigator) return navigator.locks.request(`quanyu.${task}`, work) as Promise<T>
  const mine = before.then(work, work)
  before = mine.catch(() => undefined)
  return mine
}
