import { computed, shallowRef } from 'vue'
import { actOnCase, actOnWork, type Act } from '@/api/cases'
import { ApiError } from '@/api/client'
import { sendPhoto } from '@/api/photos'
import { session } from '@/composables/useSession'
import { alone, allKept, drop, keep } from '@/offline/store'

/** An act as it was decided in the field; it is sent under its key until the node has answered, so it happens once. */
export interface WaitingAct {
  key: string
  account: string
  made: string
  /** The task that it was decided for, as the list names it. */
  task: string
  /** The number of the case, or the id of work that another level handed here. */
  subject: string
  kind: 'case' | 'work'
  title: string
  act: Act
  photos: Blob[]
  /** Whether the work is with somebody else afterwards. */
  leads: boolean
  /** What the node said against it; it then waits for the person, not for the network. */
  refused?: { message: string; gone: boolean }
}

const all = shallowRef<WaitingAct[]>([])
export const waitingActs = computed(() => all.value.filter((one) => one.account === session.value?.id))
export const waitingFor = (task: string) => waitingActs.value.filter((one) => one.task === task)

export async function readWaiting(): Promise<void> {
  all.value = (await allKept<WaitingAct>('acts')).sort((one, other) => one.made.localeCompare(other.made))
}

export async function put(act: WaitingAct): Promise<void> {
  await keep('acts', act.key, act)
  await readWaiting()
}

export async function takeBack(act: WaitingAct): Promise<void> {
  await drop('acts', act.key)
  await readWaiting()
}

/** Sends in the order of deciding; what comes after a refused act of the same work waits with it. Answers those that are done. */
export const sendWaiting = (): Promise<WaitingAct[]> =>
  alone('acts', async () => {
    await readWaiting()
    const done: WaitingAct[] = []
    const held = new Set<string>()
    for (const one of waitingActs.value) {
      if (one.refused || held.has(one.subject)) {
        held.add(one.subject)
        continue
      }
      const outcome = await attempt(one)
      if (outcome === 'later') break
      if (outcome === 'done') {
        done.push(one)
        await takeBack(one)
      } else {
        held.add(one.subject)
        await put({ ...one, refused: { message: outcome.message, gone: outcome.kind === 'act.case.unknown' } })
      }
    }
    return done
  })

async function attempt(one: WaitingAct): Promise<'done' | 'later' | ApiError> {
  try {
    const photos = []
    for (const picture of one.photos) photos.push(`after:${(await sendPhoto(picture)).id}`)
    const act = photos.length ? { ...one.act, evidence: [...(one.act.evidence ?? []), ...photos] } : one.act
    await (one.kind === 'case' ? actOnCase : actOnWork)(one.subject, act, one.key)
    return 'done'
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause
    return isPassing(cause.status) ? 'later' : cause
  }
}

/** No network, no session, too much at once, or a node that is being mended: sending it later may do. */
const isPassing = (status: number) => status === 0 || status === 401 || status === 429 || status >= 500
