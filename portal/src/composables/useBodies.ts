import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { listOrganisations, type Organisation } from '@/api/organisations'
import { may } from './useSession'

const organisations = shallowRef<Organisation[]>([])
let asking: Promise<void> | undefined

/** A body has been registered or changed: asked for anew. */
export async function learnBodies(): Promise<void> {
  organisations.value = await listOrganisations(new AbortController().signal)
}

/** The bodies of the city by name, in English where they have one; asked for once. Where the list may not be read: what the node said, else their codes. */
export function useBodies() {
  const { locale } = useI18n()
  if (may('organisation.read')) asking ??= learnBodies().catch(() => void (asking = undefined))

  const bodyName = (id: string | null, said = '') => {
    const found = organisations.value.find((one) => one.id === id)
    return (found && ((locale.value === 'en' && found.name_en) || found.name)) || said || id || ''
  }
  const regionOf = (id: string | null) => organisations.value.find((one) => one.id === id)?.region
  /** In English as the body that has the whole region: the one below none of the same. */
  const regionName = (code: string, said = '') => {
    const found = locale.value === 'en' ? organisations.value.find((one) => one.region === code && regionOf(one.parent) !== code) : undefined
    return (found?.name_en ?? said) || code
  }
  return { organisations, bodyName, regionName }
}
