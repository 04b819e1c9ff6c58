import { reactive, shallowRef, watch } from 'vue'
import { newKey } from '@/api/client'
import type { CasePlace, Report } from '@/api/reports'
import { drop, keep, kept } from '@/offline/store'

export interface Draft {
  /** Made with the draft: however often it is sent, it is one case. */
  key: string
  place: CasePlace | null
  address: string
  description: string
  category: string
  name: string
  phone: string
  /** The open case that it is, the closed one that has come again. */
  joins: string
  reopens: string
}

const storedAs = 'quanyu.report'
const empty = (): Draft => ({ key: newKey(), place: null, address: '', description: '', category: '', name: '', phone: '', joins: '', reopens: '' })

/** What is being reported, kept until this window closes: it may be a shared device. */
export function useDraft() {
  const draft = reactive<Draft>({ ...empty(), ...stored() })
  watch(draft, (now) => sessionStorage.setItem(storedAs, JSON.stringify(now)))
  const photos = shallowRef<Blob[]>([])
  const shelved = () => `photos/${draft.key}`
  void kept<Blob[]>('snapshots', shelved()).then((before) => before && !photos.value.length && (photos.value = before), () => undefined)
  watch(photos, (now) => void keep('snapshots', shelved(), now).catch(() => undefined))
  const forget = () => {
    void drop('snapshots', shelved()).catch(() => undefined)
    Object.assign(draft, empty())
    photos.value = []
    sessionStorage.removeItem(storedAs)
  }
  return { draft, photos, forget }
}

function stored(): Partial<Draft> {
  try {
    return JSON.parse(sessionStorage.getItem(storedAs) ?? '{}') as Partial<Draft>
  } catch {
    return {}
  }
}

export function reportOf(draft: Draft, channel: Report['channel']): Report {
  const reporter = draft.name.trim() || draft.phone.trim() ? { name: draft.name.trim(), phone: draft.phone.trim() } : null
  return {
    channel,
    description: draft.description.trim(),
    class: draft.category || null,
    address: draft.address.trim() || null,
    place: draft.place && { ...draft.place },
    reporter,
    joins: draft.joins || null,
    reopens: draft.reopens || null,
    photos: [],
  }
}
