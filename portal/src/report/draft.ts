import { reactive, watch } from 'vue'
import { newKey } from '@/api/client'
import type { CasePlace, Report } from '@/api/reports'

export interface Draft {
  /** Made with the draft: however often it is sent, it is one case. */
  key: string
  place: CasePlace | null
  address: string
  description: string
  category: string
  name: string
  phone: string
}

const storedAs = 'quanyu.report'
const empty = (): Draft => ({ key: newKey(), place: null, address: '', description: '', category: '', name: '', phone: '' })

/** What is being reported, kept until this window closes: it may be a shared device. */
export function useDraft() {
  const draft = reactive<Draft>({ ...empty(), ...stored() })
  watch(draft, (now) => sessionStorage.setItem(storedAs, JSON.stringify(now)))
  const forget = () => {
    Object.assign(draft, empty())
    sessionStorage.removeItem(storedAs)
  }
  return { draft, forget }
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
    place: draft.place,
    reporter,
  }
}
