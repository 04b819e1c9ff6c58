import { shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { sendReport, type Report, type Reported } from '@/api/reports'
import { alone, allKept, drop, keep } from '@/offline/store'
import { photoOf } from '@/photos/sentPhotos'

/** A report that somebody has sent; it stays on this device until the node has it, and its key makes it one case. */
export interface WaitingReport {
  key: string
  made: string
  report: Report
  photos: Blob[]
  /** What the node said against it. */
  refused?: string
}

export const waitingReports = shallowRef<WaitingReport[]>([])

export async function readWaiting(): Promise<void> {
  waitingReports.value = (await allKept<WaitingReport>('reports')).sort((one, other) => one.made.localeCompare(other.made))
}

export async function put(one: WaitingReport): Promise<void> {
  await keep('reports', one.key, one)
  await readWaiting()
}

export async function takeBack(key: string): Promise<void> {
  await drop('reports', key)
  await readWaiting()
}

/** Sends what waits, the oldest first; answers what has arrived. */
export const sendWaiting = (): Promise<Reported[]> =>
  alone('reports', async () => {
    await readWaiting()
    const arrived: Reported[] = []
    for (const one of waitingReports.value.filter(({ refused }) => refused === undefined)) {
      const outcome = await attempt(one)
      if (outcome === 'later') break
      if (outcome instanceof ApiError) await put({ ...one, refused: outcome.message })
      else {
        arrived.push(outcome)
        await takeBack(one.key)
      }
    }
    return arrived
  })

async function attempt({ key, report, photos }: WaitingReport): Promise<Reported | ApiError | 'later'> {
  try {
    const ids = []
    for (const picture of photos) ids.push((await photoOf(picture)).id)
    return await sendReport({ ...report, photos: [...new Set(ids)] }, key)
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause
    return cause.status === 0 || cause.status === 429 || cause.status >= 500 ? 'later' : cause
  }
}
