import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { listOrganisations, type Organisation } from '@/api/organisations'
import { may } from './useSession'

const organisations = shallowRef<Organisation[]>([])
let asking: Promise<void> | undefined

/** The bodies of the city by name; asked for once, their codes where the list may not be read. */
export function useBodies() {
  const { locale } = useI18n()
  if (may('organisation.read')) asking ??= listOrganisations(new AbortController().signal)
    .then((found) => void (organisations.value = found))
    .catch(() => void (asking = undefined))

  const bodyName = (id: string | null) => {
    const found = organisations.value.find((one) => one.id === id)
    return (found && ((locale.value === 'en' && found.name_en) || found.name)) || id || ''
  }
  return { organisations, bodyName }
}
