import { computed, ref, shallowRef } from 'vue'
import { readCase, readInbox, readViews, readWork, viewsAtOnce, type InboxItem, type Subject, type WorkView } from '@/api/cases'
import type { ApiError } from '@/api/client'
import { learn } from '@/cases/useCaseWords'
import { asApiError, type Load } from '@/composables/useLoad'
import { session } from '@/composables/useSession'
import { keep, kept } from '@/offline/store'

/** A task with all that is known of it, so that it can be worked on without network. */
export interface FieldTask {
  item: InboxItem
  subject?: Subject
  view?: WorkView
}

/** `goesOn`: there are more, less pressing ones. */
interface Snapshot {
  at: string
  tasks: FieldTask[]
  goesOn: boolean
}

/** Those whose work is out in the street. */
const roles = new Set(['handler', 'patroller', 'field_worker'])
const atOnce = 200
/** The most pressing ones, which are taken along. */
const wanted = ref(atOnce)

const snapshot = shallowRef<Snapshot>()
const error = shallowRef<ApiError>()
const pending = ref(false)
const keyOf = () => `tasks/${session.value?.id}`
export const taskId = ({ item }: FieldTask) => `${item.instance}/${item.position}`

/** My tasks as they were when the node was last heard of; `reload` asks it again and keeps what it says. */
export function useTasks(): Load<FieldTask[]> & { at: typeof at; ended: typeof ended; more: typeof more } {
  return { data: computed(() => snapshot.value?.tasks) as Load<FieldTask[]>['data'], error, pending, reload, at, ended, more }
}
const at = computed(() => snapshot.value?.at)
const ended = computed(() => !snapshot.value?.goesOn)

async function more(): Promise<void> {
  wanted.value += atOnce
  await reload()
}

export async function remembered(): Promise<void> {
  snapshot.value = await kept<Snapshot>('snapshots', keyOf())
}

async function reload(): Promise<void> {
  if (pending.value) return
  pending.value = true
  // With no tasks to show, the fault of before would stand there as if it were this one's.
  if (!snapshot.value) error.value = undefined
  try {
    const { items, subjects, goesOn } = await readMine()
    const known = new Map(snapshot.value?.tasks.map((task) => [taskId(task), task]))
    const tasks = items.map((item) => ({ item, subject: subjects[item.subject], view: known.get(taskId({ item }))?.view }))
    await show(tasks, goesOn)
    await show(await withViews(tasks, known), goesOn)
    await Promise.all((snapshot.value?.tasks ?? []).flatMap(({ view }) => (view ? [learn(view.work.definition, view.work.version)] : [])))
    error.value = undefined
  } catch (cause) {
    error.value = asApiError(cause)
  } finally {
    pending.value = false
  }
}

/** Of the inbox what is mine, in pages until so many are here as are wanted. */
async function readMine(): Promise<{ items: InboxItem[]; subjects: Record<string, Subject>; goesOn: boolean }> {
  const items: InboxItem[] = []
  const subjects: Record<string, Subject> = {}
  let after: string | undefined
  do {
    const page = await readInbox({ after, limit: atOnce }, new AbortController().signal)
    items.push(...page.items.filter((item) => roles.has(item.role)))
    Object.assign(subjects, page.subjects)
    after = page.next ?? undefined
  } while (after && items.length < wanted.value)
  return { items, subjects, goesOn: after !== undefined }
}

async function show(tasks: FieldTask[], goesOn: boolean): Promise<void> {
  snapshot.value = { at: new Date().toISOString(), tasks, goesOn }
  await keep('snapshots', keyOf(), snapshot.value)
}

/** Reads what is new or has moved, all at once; what cannot be read now keeps what was known. */
async function withViews(tasks: FieldTask[], known: Map<string, FieldTask>): Promise<FieldTask[]> {
  const wanted = tasks.filter((task) => !task.view || moved(task.item, known.get(taskId(task))?.item)).map(({ item }) => item.instance)
  const read = new Map<string, WorkView>()
  for (let from = 0; from < wanted.length; from += viewsAtOnce) {
    const found = await readViews(wanted.slice(from, from + viewsAtOnce), new AbortController().signal).catch(() => ({ cases: {}, work: {} }))
    for (const [instance, view] of [...Object.entries(found.work), ...Object.entries(found.cases)]) read.set(instance, view)
  }
  return tasks.map((task) => ({ ...task, view: read.get(task.item.instance) ?? task.view }))
}

const moved = (now: InboxItem, before?: InboxItem) => !before || now.entered !== before.entered || now.due !== before.due || now.standing !== before.standing || now.assignee !== before.assignee

function readView(item: InboxItem): Promise<WorkView> {
  const { signal } = new AbortController()
  return item.definition === 'case' ? readCase(item.subject, signal) : readWork(item.instance, signal)
}

/** The one task, read again where the node can be reached. */
export async function refreshTask(id: string): Promise<void> {
  const task = snapshot.value?.tasks.find((one) => taskId(one) === id)
  if (!task || !navigator.onLine) return
  const view = await readView(task.item).catch(() => undefined)
  if (view) await show((snapshot.value?.tasks ?? []).map((one) => (taskId(one) === id ? { ...one, view } : one)), snapshot.value?.goesOn ?? false)
}
