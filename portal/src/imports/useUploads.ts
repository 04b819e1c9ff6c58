import { reactive, ref } from 'vue'
import type { ApiError } from '@/api/client'
import { uploadPath, watchImport, type Accepted, type Import, type ImportOptions, type ImportProgress } from '@/api/imports'
import { send } from '@/api/upload'
import { asApiError } from '@/composables/useLoad'
import { isUnderWay } from './importStates'
import { Pace } from './pace'

export interface Upload {
  key: number
  dataset: string
  files: string[]
  phase: 'sending' | 'working' | 'done' | 'unchanged' | 'failed'
  progress: ImportProgress
  id?: string
  error?: ApiError
  fault?: string
  cancel: () => void
}

/** Uploads outlive the page that began them, so that one may look elsewhere meanwhile. */
export const uploads = ref<Upload[]>([])
const listeners = new Set<() => void>()
const begun: ImportProgress = { stage: 'received', done: 0, total: 0, unit: 'records', rate: null, remaining: null }
let last = 0

/** Calls the listener whenever an import has begun or is over. Answers how to stop. */
export function whenImportsChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export async function upload(dataset: string, files: File[], options: ImportOptions): Promise<void> {
  const one = reactive<Upload>({
    key: ++last,
    dataset,
    files: files.map((file) => file.name),
    phase: 'sending',
    progress: { ...begun, stage: 'sending', unit: 'bytes' },
    cancel: () => undefined,
  })
  uploads.value = [one, ...uploads.value]
  const pace = new Pace()
  const sending = send(uploadPath(dataset, options), formOf(files), (sent, total) => {
    one.progress = { stage: 'sending', unit: 'bytes', done: sent, total, ...pace.measure(sent, total) }
  })
  one.cancel = sending.cancel
  try {
    const accepted = JSON.parse(await sending.done) as Accepted
    one.id = accepted.import
    one.phase = accepted.unchanged ? 'unchanged' : 'working'
    one.progress = begun
    if (!accepted.unchanged) watchImport(accepted.import, (now) => take(one, now))
    listeners.forEach((listener) => listener())
  } catch (cause) {
    Object.assign(one, { phase: 'failed', error: asApiError(cause) })
  }
}

export function forget(one: Upload): void {
  uploads.value = uploads.value.filter((other) => other.key !== one.key)
}

function take(one: Upload, now: Import): void {
  one.progress = now.progress ?? begun
  if (isUnderWay(now.state)) return
  one.phase = now.state === 'done' ? 'done' : 'failed'
  one.fault = now.fault ?? undefined
  listeners.forEach((listener) => listener())
}

function formOf(files: File[]): FormData {
  const form = new FormData()
  for (const file of files) form.append('files', file, file.name)
  return form
}
